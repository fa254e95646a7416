import { runTogether } from '../support/together.ts'

runTogether(import.meta.dirname, 'realtime-!(anti-entropy|blind|leases|outage)')

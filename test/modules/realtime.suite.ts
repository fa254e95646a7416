import { runTogether } from '../together.ts'

runTogether(import.meta.dirname, 'realtime-!(anti-entropy|blind|leases|outage)')

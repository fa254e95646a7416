import { customType } from 'drizzle-orm/pg-core'

/** A moment, to the millisecond, as PostgreSQL writes it: `toIso` takes it from there. */
export const time = customType<{ data: string }>({ dataType: () => 'timestamp (3) with time zone' })

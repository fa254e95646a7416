import { sql } from 'drizzle-orm'
import { pgTable, text } from 'drizzle-orm/pg-core'
import { time } from '../../lib/time-column.ts'

/** The addresses that the image store has given out; messages may show no other image. */
export const images = pgTable('images', {
  url: text().primaryKey(),
  createdAt: time().notNull().default(sql`now()`),
})

import { pgTable, text, timestamp } from 'drizzle-orm/pg-core'

/** The addresses that the image store has given out; messages may show no other image. */
export const images = pgTable('images', {
  url: text().primaryKey(),
  createdAt: timestamp({ precision: 3, withTimezone: true }).notNull().defaultNow(),
})

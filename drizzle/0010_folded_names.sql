-- convo: outside transaction
-- Written by drizzle-kit, then by hand: each statement may be run again, and none holds up sends for long. Names are
-- folded by the server when it starts, in batches.
ALTER TABLE "conversations" ADD COLUMN IF NOT EXISTS "folded_name" text;
--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN IF NOT EXISTS "folded_name" text;
--> statement-breakpoint
-- Whoever writes a name and knows nothing of folding, as the release before, leaves one that is not folded.
CREATE OR REPLACE FUNCTION forget_folded_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.folded_name := NULL;
	RETURN NEW;
END $$;
--> statement-breakpoint
CREATE OR REPLACE TRIGGER forget_folded_name BEFORE UPDATE OF name ON users
	FOR EACH ROW WHEN (NEW.name <> OLD.name AND NEW.folded_name = OLD.folded_name)
	EXECUTE FUNCTION forget_folded_name();
--> statement-breakpoint
CREATE OR REPLACE TRIGGER forget_folded_name BEFORE UPDATE OF name ON conversations
	FOR EACH ROW WHEN (NEW.name <> OLD.name AND NEW.folded_name = OLD.folded_name)
	EXECUTE FUNCTION forget_folded_name();
--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "groups_searched_trigrams" ON "conversations" USING gin ((coalesce("folded_name", lower("name"))) gin_trgm_ops) WHERE "conversations"."type" = 'group';
--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "groups_not_folded" ON "conversations" USING btree ("id") WHERE "conversations"."folded_name" IS NULL AND "conversations"."name" IS NOT NULL;
--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "users_searched_trigrams" ON "users" USING gin ((coalesce("folded_name", lower("name")) || ' @' || "username") gin_trgm_ops);
--> statement-breakpoint
CREATE INDEX CONCURRENTLY IF NOT EXISTS "users_not_folded" ON "users" USING btree ("id") WHERE "users"."folded_name" IS NULL AND "users"."name" IS NOT NULL;

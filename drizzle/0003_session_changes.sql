ALTER TABLE "changes" DROP CONSTRAINT "changes_of_something";--> statement-breakpoint
ALTER TABLE "changes" ADD COLUMN "session_id" uuid;--> statement-breakpoint
ALTER TABLE "changes" ADD CONSTRAINT "changes_of_something" CHECK (num_nonnulls("changes"."conversation_id", "changes"."user_id", "changes"."version") = CASE WHEN "changes"."session_id" IS NULL THEN 2 ELSE 0 END);--> statement-breakpoint
-- Written by hand: every node must learn of a session that was ended, whatever else it hears.
CREATE FUNCTION note_ended_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO public.changes (session_id) VALUES (NEW.id);
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER note_ended AFTER UPDATE OF revoked_at ON sessions FOR EACH ROW WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION note_ended_session();

-- Written by hand: a statement may store the messages of many conversations, and notes their versions at once.
CREATE FUNCTION note_conversation_versions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO public.changes (conversation_id, version) SELECT id, version FROM changed;
	RETURN NULL;
END $$;--> statement-breakpoint
DROP TRIGGER note_version ON conversations;--> statement-breakpoint
DROP FUNCTION note_conversation_version();--> statement-breakpoint
CREATE TRIGGER note_versions AFTER UPDATE ON conversations REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_conversation_versions();

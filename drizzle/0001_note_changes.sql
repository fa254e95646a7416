-- Written by hand: whatever changes a version or a membership is noted, whoever does it.
CREATE FUNCTION note_conversation_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO public.changes (conversation_id, version) VALUES (NEW.id, NEW.version);
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE FUNCTION note_own_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO public.changes (user_id, version) VALUES (NEW.id, NEW.own_version);
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE FUNCTION note_membership() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO public.changes (conversation_id, user_id)
	VALUES (coalesce(NEW.conversation_id, OLD.conversation_id), coalesce(NEW.user_id, OLD.user_id));
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER note_version AFTER UPDATE OF version ON conversations FOR EACH ROW EXECUTE FUNCTION note_conversation_version();--> statement-breakpoint
CREATE TRIGGER note_version AFTER UPDATE OF own_version ON users FOR EACH ROW EXECUTE FUNCTION note_own_version();--> statement-breakpoint
CREATE TRIGGER note_membership AFTER INSERT OR DELETE ON participants FOR EACH ROW EXECUTE FUNCTION note_membership();

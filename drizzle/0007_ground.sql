-- convo: outside transaction
-- Written by drizzle-kit, then by hand: each statement may be run again, and none holds up sends for long.
CREATE TABLE IF NOT EXISTS "identities" (
	"issuer" text NOT NULL,
	"subject" text NOT NULL,
	"user_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "identities_pkey" PRIMARY KEY("issuer","subject"),
	CONSTRAINT "identities_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS "blocks" (
	"blocker_id" uuid NOT NULL,
	"blocked_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "blocks_pkey" PRIMARY KEY("blocker_id","blocked_id"),
	CONSTRAINT "blocks_of_others" CHECK ("blocks"."blocker_id" <> "blocks"."blocked_id"),
	CONSTRAINT "blocks_blocker_id_users_id_fk" FOREIGN KEY ("blocker_id") REFERENCES "public"."users"("id") ON DELETE cascade,
	CONSTRAINT "blocks_blocked_id_users_id_fk" FOREIGN KEY ("blocked_id") REFERENCES "public"."users"("id") ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "identities_by_user" ON "identities" USING btree ("user_id");
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "blocks_by_blocked" ON "blocks" USING btree ("blocked_id","blocker_id");
--> statement-breakpoint
ALTER TABLE "users"
	DROP CONSTRAINT IF EXISTS "users_email_unique",
	ALTER COLUMN "google_sub" DROP NOT NULL,
	ALTER COLUMN "email" DROP NOT NULL,
	ADD COLUMN IF NOT EXISTS "profile_version" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN IF NOT EXISTS "history_from_seq" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "participants"
	ADD COLUMN IF NOT EXISTS "visible_from_seq" bigint DEFAULT 0 NOT NULL,
	ADD COLUMN IF NOT EXISTS "last_delivered_seq" bigint DEFAULT 0 NOT NULL,
	ADD COLUMN IF NOT EXISTS "shown_read_seq" bigint DEFAULT 0 NOT NULL,
	ADD COLUMN IF NOT EXISTS "shown_delivered_seq" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "messages"
	ADD COLUMN IF NOT EXISTS "kind" text DEFAULT 'message' NOT NULL,
	ADD COLUMN IF NOT EXISTS "content" jsonb,
	DROP CONSTRAINT IF EXISTS "messages_not_empty",
	ADD CONSTRAINT "messages_not_empty" CHECK ("messages"."deleted_at" IS NOT NULL OR "messages"."text" IS NOT NULL OR "messages"."image_url" IS NOT NULL
    OR ("messages"."kind" <> 'message' AND "messages"."content" IS NOT NULL)) NOT VALID,
	DROP CONSTRAINT IF EXISTS "messages_sender_id_users_id_fk",
	ADD CONSTRAINT "messages_sender_id_users_id_fk" FOREIGN KEY ("sender_id") REFERENCES "public"."users"("id") ON DELETE restrict NOT VALID;
--> statement-breakpoint
ALTER TABLE "messages" VALIDATE CONSTRAINT "messages_not_empty";
--> statement-breakpoint
ALTER TABLE "messages" VALIDATE CONSTRAINT "messages_sender_id_users_id_fk";
--> statement-breakpoint
-- The release before knows a person by users.google_sub, and may run beside this one: each sees whom the other signed up.
CREATE OR REPLACE FUNCTION carry_google_sub() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO public.identities (issuer, subject, user_id)
	VALUES ('https://accounts.google.com', NEW.google_sub, NEW.id) ON CONFLICT DO NOTHING;
	RETURN NULL;
END $$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION carry_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE public.users SET google_sub = NEW.subject WHERE id = NEW.user_id AND google_sub IS NULL;
	RETURN NULL;
END $$;
--> statement-breakpoint
CREATE OR REPLACE TRIGGER carry_google_sub AFTER INSERT ON users
	FOR EACH ROW WHEN (NEW.google_sub IS NOT NULL) EXECUTE FUNCTION carry_google_sub();
--> statement-breakpoint
CREATE OR REPLACE TRIGGER carry_identity AFTER INSERT ON identities
	FOR EACH ROW WHEN (NEW.issuer = 'https://accounts.google.com') EXECUTE FUNCTION carry_identity();
--> statement-breakpoint
DO $$
DECLARE
	seen uuid := '00000000-0000-0000-0000-000000000000';
	reached uuid;
BEGIN
	LOOP
		SELECT id INTO reached FROM (
			SELECT id FROM public.users WHERE id > seen ORDER BY id LIMIT 1000
		) page ORDER BY id DESC LIMIT 1;
		EXIT WHEN reached IS NULL;
		INSERT INTO public.identities (issuer, subject, user_id, created_at)
		SELECT 'https://accounts.google.com', google_sub, id, created_at FROM public.users
		WHERE id > seen AND id <= reached AND google_sub IS NOT NULL
		ON CONFLICT DO NOTHING;
		COMMIT;
		seen := reached;
	END LOOP;
END $$;
--> statement-breakpoint
-- It knows a block by participants.is_blocked, in a direct conversation.
CREATE OR REPLACE FUNCTION carry_is_blocked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.is_blocked THEN
		INSERT INTO public.blocks (blocker_id, blocked_id)
		SELECT NEW.user_id, o.user_id FROM public.participants o
		WHERE o.conversation_id = NEW.conversation_id AND o.user_id <> NEW.user_id
		ON CONFLICT DO NOTHING;
	ELSE
		DELETE FROM public.blocks b USING public.participants o
		WHERE o.conversation_id = NEW.conversation_id AND b.blocker_id = NEW.user_id AND b.blocked_id = o.user_id;
	END IF;
	RETURN NULL;
END $$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION carry_block() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	blocker uuid := coalesce(NEW.blocker_id, OLD.blocker_id);
	blocked uuid := coalesce(NEW.blocked_id, OLD.blocked_id);
BEGIN
	UPDATE public.participants p SET is_blocked = TG_OP = 'INSERT'
	FROM public.conversations c
	WHERE c.direct_key = least(blocker, blocked)::text || ':' || greatest(blocker, blocked)::text
		AND p.conversation_id = c.id AND p.user_id = blocker AND p.is_blocked <> (TG_OP = 'INSERT');
	RETURN NULL;
END $$;
--> statement-breakpoint
CREATE OR REPLACE TRIGGER carry_is_blocked AFTER UPDATE OF is_blocked ON participants
	FOR EACH ROW WHEN (OLD.is_blocked <> NEW.is_blocked) EXECUTE FUNCTION carry_is_blocked();
--> statement-breakpoint
CREATE OR REPLACE TRIGGER carry_block AFTER INSERT OR DELETE ON blocks
	FOR EACH ROW EXECUTE FUNCTION carry_block();
--> statement-breakpoint
INSERT INTO blocks (blocker_id, blocked_id)
SELECT p.user_id, o.user_id FROM conversations c
JOIN participants p ON p.conversation_id = c.id AND p.is_blocked
JOIN participants o ON o.conversation_id = c.id AND o.user_id <> p.user_id
WHERE c.blockers > 0
FOR SHARE OF p
ON CONFLICT DO NOTHING;
--> statement-breakpoint
-- What is read is delivered, and until receipts can be switched off, shown.
CREATE OR REPLACE FUNCTION carry_read_position() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.last_delivered_seq := greatest(NEW.last_delivered_seq, NEW.last_read_seq);
	NEW.shown_read_seq := greatest(NEW.shown_read_seq, NEW.last_read_seq);
	NEW.shown_delivered_seq := greatest(NEW.shown_delivered_seq, NEW.last_read_seq);
	RETURN NEW;
END $$;
--> statement-breakpoint
CREATE OR REPLACE TRIGGER carry_read_position BEFORE INSERT OR UPDATE OF last_read_seq ON participants
	FOR EACH ROW WHEN (NEW.last_read_seq > 0) EXECUTE FUNCTION carry_read_position();
--> statement-breakpoint
DO $$
DECLARE
	seen uuid := '00000000-0000-0000-0000-000000000000';
	reached uuid;
BEGIN
	LOOP
		SELECT id INTO reached FROM (
			SELECT id FROM public.participants WHERE id > seen ORDER BY id LIMIT 1000
		) page ORDER BY id DESC LIMIT 1;
		EXIT WHEN reached IS NULL;
		UPDATE public.participants SET
			last_delivered_seq = greatest(last_delivered_seq, last_read_seq),
			shown_read_seq = last_read_seq,
			shown_delivered_seq = greatest(shown_delivered_seq, last_read_seq)
		WHERE id > seen AND id <= reached AND shown_read_seq < last_read_seq;
		COMMIT;
		seen := reached;
	END LOOP;
END $$;
--> statement-breakpoint
ALTER TABLE "participants"
	DROP CONSTRAINT IF EXISTS "participants_watermarks",
	ADD CONSTRAINT "participants_watermarks" CHECK (
    "participants"."last_read_seq" <= "participants"."last_delivered_seq" AND "participants"."shown_read_seq" <= "participants"."shown_delivered_seq"
    AND "participants"."shown_read_seq" <= "participants"."last_read_seq" AND "participants"."shown_delivered_seq" <= "participants"."last_delivered_seq") NOT VALID;
--> statement-breakpoint
ALTER TABLE "participants" VALIDATE CONSTRAINT "participants_watermarks";

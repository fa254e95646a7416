CREATE EXTENSION IF NOT EXISTS pg_trgm;--> statement-breakpoint
CREATE TYPE "public"."conversation_type" AS ENUM('direct', 'group');--> statement-breakpoint
CREATE TYPE "public"."deleted_for" AS ENUM('self', 'everyone');--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	"user_agent" text
);
--> statement-breakpoint
CREATE TABLE "conversations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"type" "conversation_type" NOT NULL,
	"name" varchar(100),
	"icon" varchar(10),
	"icon_bg" varchar(100),
	"about" text,
	"last_seq" bigint DEFAULT 0 NOT NULL,
	"version" bigint DEFAULT 1 NOT NULL,
	"direct_key" text,
	"member_count" integer DEFAULT 0 NOT NULL,
	"blockers" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "conversations_direct_key_unique" UNIQUE("direct_key"),
	CONSTRAINT "conversations_direct_or_group" CHECK (("conversations"."type" = 'direct') = ("conversations"."direct_key" IS NOT NULL) AND ("conversations"."type" = 'group') = ("conversations"."name" IS NOT NULL)),
	CONSTRAINT "conversations_blockers" CHECK ("conversations"."blockers" BETWEEN 0 AND CASE "conversations"."type" WHEN 'direct' THEN 2 ELSE 0 END)
);
--> statement-breakpoint
CREATE TABLE "participants" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"conversation_id" uuid NOT NULL,
	"is_muted" boolean DEFAULT false NOT NULL,
	"is_blocked" boolean DEFAULT false NOT NULL,
	"joined_seq" bigint DEFAULT 0 NOT NULL,
	"last_read_seq" bigint DEFAULT 0 NOT NULL,
	"read_version" bigint DEFAULT 0 NOT NULL,
	"own_version" bigint DEFAULT 0 NOT NULL,
	"joined_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_read_at" timestamp (3) with time zone,
	CONSTRAINT "participants_user_conversation_unique" UNIQUE("user_id","conversation_id")
);
--> statement-breakpoint
CREATE TABLE "hidden_messages" (
	"user_id" uuid NOT NULL,
	"message_id" uuid NOT NULL,
	"conversation_id" uuid NOT NULL,
	"own_version" bigint NOT NULL,
	"hidden_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "hidden_messages_pkey" PRIMARY KEY("user_id","message_id")
);
--> statement-breakpoint
CREATE TABLE "messages" (
	"id" uuid PRIMARY KEY NOT NULL,
	"conversation_id" uuid NOT NULL,
	"sender_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"version" bigint NOT NULL,
	"text" text,
	"image_url" text,
	"client_message_id" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	"deleted_for" "deleted_for",
	CONSTRAINT "messages_client_message_id_unique" UNIQUE("conversation_id","sender_id","client_message_id"),
	CONSTRAINT "messages_not_empty" CHECK ("messages"."text" IS NOT NULL OR "messages"."image_url" IS NOT NULL),
	CONSTRAINT "messages_deleted_for_everyone" CHECK (("messages"."deleted_at" IS NULL AND "messages"."deleted_for" IS NULL) OR ("messages"."deleted_at" IS NOT NULL AND "messages"."deleted_for" = 'everyone'))
);
--> statement-breakpoint
CREATE TABLE "changes" (
	"xid" xid8 DEFAULT pg_current_xact_id() NOT NULL,
	"conversation_id" uuid,
	"user_id" uuid,
	"version" bigint,
	CONSTRAINT "changes_of_something" CHECK (num_nonnulls("changes"."conversation_id", "changes"."user_id", "changes"."version") = 2)
);
--> statement-breakpoint
CREATE TABLE "nodes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"renewed_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "presence" (
	"user_id" uuid NOT NULL,
	"node_id" uuid NOT NULL,
	CONSTRAINT "presence_pkey" PRIMARY KEY("user_id","node_id")
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY NOT NULL,
	"google_sub" text NOT NULL,
	"email" varchar(255) NOT NULL,
	"name" varchar(100) NOT NULL,
	"initials" varchar(2) NOT NULL,
	"avatar_color" varchar(20) NOT NULL,
	"avatar_url" text,
	"bio" text,
	"phone_number" varchar(20),
	"username" varchar(50) NOT NULL,
	"is_online" boolean DEFAULT false NOT NULL,
	"last_active" timestamp (3) with time zone,
	"own_version" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_google_sub_unique" UNIQUE("google_sub"),
	CONSTRAINT "users_email_unique" UNIQUE("email"),
	CONSTRAINT "users_username_unique" UNIQUE("username")
);
--> statement-breakpoint
CREATE TABLE "images" (
	"url" text PRIMARY KEY NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "participants" ADD CONSTRAINT "participants_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "participants" ADD CONSTRAINT "participants_conversation_id_conversations_id_fk" FOREIGN KEY ("conversation_id") REFERENCES "public"."conversations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "hidden_messages" ADD CONSTRAINT "hidden_messages_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "hidden_messages" ADD CONSTRAINT "hidden_messages_message_id_messages_id_fk" FOREIGN KEY ("message_id") REFERENCES "public"."messages"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_conversation_id_conversations_id_fk" FOREIGN KEY ("conversation_id") REFERENCES "public"."conversations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_sender_id_users_id_fk" FOREIGN KEY ("sender_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_image_url_fkey" FOREIGN KEY ("image_url") REFERENCES "public"."images"("url") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "presence" ADD CONSTRAINT "presence_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "presence" ADD CONSTRAINT "presence_node_id_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "sessions_by_user" ON "sessions" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "conversations_blocked" ON "conversations" USING btree ("direct_key") WHERE "conversations"."blockers" > 0;--> statement-breakpoint
CREATE INDEX "groups_by_name" ON "conversations" USING btree (lower("name"),"id") WHERE "conversations"."type" = 'group';--> statement-breakpoint
CREATE INDEX "groups_name_trigrams" ON "conversations" USING gin ("name" gin_trgm_ops) WHERE "conversations"."type" = 'group';--> statement-breakpoint
CREATE INDEX "participants_by_conversation" ON "participants" USING btree ("conversation_id","user_id");--> statement-breakpoint
CREATE INDEX "hidden_messages_by_own_version" ON "hidden_messages" USING btree ("user_id","own_version");--> statement-breakpoint
CREATE UNIQUE INDEX "messages_conversation_seq_unique" ON "messages" USING btree ("conversation_id","seq");--> statement-breakpoint
CREATE UNIQUE INDEX "messages_conversation_version_unique" ON "messages" USING btree ("conversation_id","version");--> statement-breakpoint
CREATE INDEX "changes_by_xid" ON "changes" USING btree ("xid");--> statement-breakpoint
CREATE INDEX "presence_by_node" ON "presence" USING btree ("node_id");--> statement-breakpoint
CREATE INDEX "users_by_name" ON "users" USING btree (lower("name"),"id");--> statement-breakpoint
CREATE INDEX "users_online" ON "users" USING btree ("is_online") WHERE "users"."is_online";--> statement-breakpoint
CREATE INDEX "users_name_trigrams" ON "users" USING gin ("name" gin_trgm_ops);--> statement-breakpoint
CREATE INDEX "users_username_trigrams" ON "users" USING gin ("username" gin_trgm_ops);
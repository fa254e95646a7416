ALTER TABLE "conversations" ALTER COLUMN "name" SET DATA TYPE varchar(400);--> statement-breakpoint
ALTER TABLE "conversations" ALTER COLUMN "icon" SET DATA TYPE varchar(40);--> statement-breakpoint
ALTER TABLE "users" ALTER COLUMN "name" SET DATA TYPE varchar(400);--> statement-breakpoint
ALTER TABLE "conversations" ADD CONSTRAINT "conversations_member_limit" CHECK ("conversations"."member_count" <= 100000);
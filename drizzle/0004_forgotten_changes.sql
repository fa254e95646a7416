CREATE TABLE "forgotten_changes" (
	"is_only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"snapshot" "pg_snapshot" NOT NULL,
	CONSTRAINT "forgotten_changes_only" CHECK ("forgotten_changes"."is_only")
);

CREATE TABLE `pack_blob_parts` (
	`hash` text NOT NULL,
	`part` integer NOT NULL,
	`content` blob NOT NULL,
	PRIMARY KEY(`hash`, `part`)
);
--> statement-breakpoint
CREATE TABLE `pack_blobs` (
	`hash` text PRIMARY KEY NOT NULL,
	`bytes` integer NOT NULL,
	`packed_bytes` integer NOT NULL,
	`encoding` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `pack_entries` (
	`task_id` text NOT NULL,
	`kind` text NOT NULL,
	`state` text NOT NULL,
	`path` text NOT NULL,
	`hash` text,
	`mode` text,
	`bytes` integer NOT NULL,
	`reason` text,
	`detail` text,
	`run` integer NOT NULL,
	PRIMARY KEY(`task_id`, `kind`, `state`, `path`)
);
--> statement-breakpoint
CREATE INDEX `pack_entries_path` ON `pack_entries` (`task_id`,`path`);--> statement-breakpoint
CREATE INDEX `pack_entries_hash` ON `pack_entries` (`hash`) WHERE "pack_entries"."hash" IS NOT NULL;--> statement-breakpoint
CREATE TABLE `task_packs` (
	`task_id` text PRIMARY KEY NOT NULL,
	`run` integer NOT NULL,
	`kept_at` integer,
	`bytes` integer DEFAULT 0 NOT NULL,
	`left_out` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
ALTER TABLE `prompt_attachments` ADD `removed_at` integer;--> statement-breakpoint
ALTER TABLE `prompt_attachments` ADD `removed_bytes` integer;--> statement-breakpoint
ALTER TABLE `session_events` ADD `full_removed_at` integer;--> statement-breakpoint
CREATE INDEX `session_events_removed` ON `session_events` (`full_removed_at`) WHERE "session_events"."full_removed_at" IS NOT NULL;
CREATE TABLE `audit_events` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`actor` text NOT NULL,
	`kind` text NOT NULL,
	`organization_id` text,
	`repository_id` text,
	`task_id` text,
	`session_id` text,
	`payload` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_events_task` ON `audit_events` (`task_id`,`id`);--> statement-breakpoint
CREATE TABLE `jobs` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`state` text NOT NULL,
	`task_id` text,
	`session_id` text,
	`input` text,
	`stage` text,
	`progress` real,
	`log` text DEFAULT '' NOT NULL,
	`error` text,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`cancel_requested_at` integer,
	`updated_at` integer NOT NULL,
	`ended_at` integer
);
--> statement-breakpoint
CREATE INDEX `jobs_task` ON `jobs` (`task_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `jobs_unsuccessful` ON `jobs` (`kind`,`task_id`) WHERE "jobs"."state" IN ('failed', 'cancelled');--> statement-breakpoint
CREATE INDEX `jobs_live` ON `jobs` (`state`) WHERE "jobs"."state" IN ('queued', 'running');--> statement-breakpoint
CREATE TABLE `app_state` (
	`id` integer PRIMARY KEY NOT NULL,
	`active_organization_id` text,
	FOREIGN KEY (`active_organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "app_state_singleton" CHECK("app_state"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE `organizations` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`name` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `repositories` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`name` text NOT NULL,
	`local_path` text,
	`origin_url` text,
	`default_branch` text,
	`created_at` integer NOT NULL,
	`last_used_at` integer NOT NULL,
	`removed_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `repositories_local_path` ON `repositories` (`organization_id`,`local_path`);--> statement-breakpoint
CREATE INDEX `repositories_organization` ON `repositories` (`organization_id`);--> statement-breakpoint
CREATE TABLE `tasks` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`repository_id` text NOT NULL,
	`head_repository` text NOT NULL,
	`branch` text NOT NULL,
	`base_branch` text,
	`base_commit` text,
	`title` text NOT NULL,
	`prompt` text NOT NULL,
	`include_uncommitted` integer DEFAULT false NOT NULL,
	`materialized_at` integer,
	`archived_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`repository_id`) REFERENCES `repositories`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `tasks_branch` ON `tasks` (`repository_id`,`head_repository`,`branch`);--> statement-breakpoint
CREATE INDEX `tasks_recent` ON `tasks` (`organization_id`,`updated_at`,`id`);--> statement-breakpoint
CREATE TABLE `agent_catalogue` (
	`agent_id` text PRIMARY KEY NOT NULL,
	`agent` text NOT NULL,
	`refreshed_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `processes` (
	`id` text PRIMARY KEY NOT NULL,
	`task_id` text,
	`role` text NOT NULL,
	`pid` integer NOT NULL,
	`pid_started_at` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `permission_requests` (
	`id` text PRIMARY KEY NOT NULL,
	`session_id` text NOT NULL,
	`task_id` text NOT NULL,
	`turn_id` text,
	`title` text NOT NULL,
	`tool_call` text NOT NULL,
	`options` text NOT NULL,
	`state` text NOT NULL,
	`answer` text,
	`created_at` integer NOT NULL,
	`resolved_at` integer,
	FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `permission_requests_session` ON `permission_requests` (`session_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `permission_requests_pending` ON `permission_requests` (`task_id`) WHERE "permission_requests"."state" = 'pending';--> statement-breakpoint
CREATE TABLE `queued_prompts` (
	`id` text PRIMARY KEY NOT NULL,
	`session_id` text NOT NULL,
	`text` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `queued_prompts_session` ON `queued_prompts` (`session_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `session_events` (
	`session_id` text NOT NULL,
	`first_index` integer NOT NULL,
	`last_index` integer NOT NULL,
	`turn_id` text,
	`at` integer NOT NULL,
	`payload` text NOT NULL,
	`full_bytes` integer,
	`full` blob,
	PRIMARY KEY(`session_id`, `first_index`),
	FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`task_id` text NOT NULL,
	`name` text NOT NULL,
	`agent_id` text NOT NULL,
	`model_id` text,
	`mode_id` text,
	`options` text DEFAULT '{}' NOT NULL,
	`agent_session_id` text,
	`error` text,
	`created_at` integer NOT NULL,
	`closed_at` integer
);
--> statement-breakpoint
CREATE INDEX `sessions_task` ON `sessions` (`task_id`);--> statement-breakpoint
CREATE INDEX `sessions_failed` ON `sessions` (`task_id`) WHERE "sessions"."error" IS NOT NULL AND "sessions"."closed_at" IS NULL;--> statement-breakpoint
CREATE TABLE `turns` (
	`id` text PRIMARY KEY NOT NULL,
	`session_id` text NOT NULL,
	`task_id` text NOT NULL,
	`prompt` text NOT NULL,
	`agent_session_id` text,
	`started_at` integer NOT NULL,
	`ended_at` integer,
	`stop_reason` text,
	`usage` text,
	FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `turns_session` ON `turns` (`session_id`,`started_at`);--> statement-breakpoint
CREATE INDEX `turns_running` ON `turns` (`task_id`) WHERE "turns"."ended_at" IS NULL;--> statement-breakpoint
CREATE TABLE `checkpoints` (
	`id` text PRIMARY KEY NOT NULL,
	`task_id` text NOT NULL,
	`session_id` text,
	`turn_id` text,
	`commit` text NOT NULL,
	`parent` text NOT NULL,
	`created_at` integer NOT NULL,
	`files` integer NOT NULL,
	`added` integer NOT NULL,
	`removed` integer NOT NULL,
	`diff` blob NOT NULL,
	`diff_encoding` text NOT NULL,
	`diff_truncated` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `checkpoints_task` ON `checkpoints` (`task_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `task_sandboxes` (
	`task_id` text PRIMARY KEY NOT NULL,
	`provider` text NOT NULL,
	`cwd` text NOT NULL,
	`created_at` integer NOT NULL,
	`ready_at` integer,
	`base_commit` text
);
--> statement-breakpoint
CREATE TABLE `user_session_state` (
	`user_id` text NOT NULL,
	`session_id` text NOT NULL,
	`task_id` text NOT NULL,
	`unread` integer DEFAULT false NOT NULL,
	`draft` text DEFAULT '' NOT NULL,
	`draft_updated_at` integer,
	PRIMARY KEY(`user_id`, `session_id`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `user_session_state_unread` ON `user_session_state` (`user_id`,`task_id`) WHERE "user_session_state"."unread" = 1;--> statement-breakpoint
CREATE TABLE `user_task_state` (
	`user_id` text NOT NULL,
	`task_id` text NOT NULL,
	`active_session_id` text,
	PRIMARY KEY(`user_id`, `task_id`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `users` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`default_agent_id` text,
	`default_model_id` text,
	`created_at` integer NOT NULL
);

CREATE TABLE `accounts` (
	`id` text PRIMARY KEY NOT NULL,
	`host` text NOT NULL,
	`api_url` text NOT NULL,
	`github_id` text NOT NULL,
	`login` text NOT NULL,
	`name` text,
	`avatar_url` text,
	`source` text NOT NULL,
	`scopes` text,
	`expires_at` integer,
	`problem` text,
	`created_at` integer NOT NULL,
	`checked_at` integer NOT NULL,
	`signed_out_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `accounts_person` ON `accounts` (`host`,`github_id`);--> statement-breakpoint
CREATE TABLE `github_sync` (
	`organization_id` text PRIMARY KEY NOT NULL,
	`state` text NOT NULL,
	`phase` text,
	`processed` integer DEFAULT 0 NOT NULL,
	`total` integer DEFAULT 0 NOT NULL,
	`label` text DEFAULT '' NOT NULL,
	`started_at` integer,
	`progress_at` integer,
	`synced_at` integer,
	`waiting_until` integer,
	`problem` text,
	`generation` integer DEFAULT 0 NOT NULL,
	`full` integer DEFAULT true NOT NULL,
	`resume_phase` text,
	`changes_since` integer,
	`full_at` integer,
	`members_at` integer
);
--> statement-breakpoint
CREATE TABLE `http_cache` (
	`account_id` text NOT NULL,
	`url` text NOT NULL,
	`etag` text NOT NULL,
	`value` text,
	`fetched_at` integer NOT NULL,
	PRIMARY KEY(`account_id`, `url`),
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `pull_request_changes` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`organization_id` text NOT NULL,
	`repository_id` text NOT NULL,
	`number` integer NOT NULL,
	`kind` text NOT NULL,
	`payload` text NOT NULL,
	`at` integer NOT NULL,
	`seen_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `pull_request_changes_organization` ON `pull_request_changes` (`organization_id`,`id`);--> statement-breakpoint
CREATE TABLE `pull_request_lists` (
	`repository_id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`generation` integer NOT NULL,
	`read_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `pull_requests` (
	`repository_id` text NOT NULL,
	`number` integer NOT NULL,
	`organization_id` text NOT NULL,
	`node_id` text NOT NULL,
	`title` text NOT NULL,
	`body` text NOT NULL,
	`state` text NOT NULL,
	`is_draft` integer NOT NULL,
	`url` text NOT NULL,
	`author` text,
	`head_ref` text NOT NULL,
	`head_commit` text,
	`head_repository_id` text,
	`head_repository` text,
	`base_ref` text NOT NULL,
	`review_decision` text,
	`requested_reviewers` text NOT NULL,
	`labels` text NOT NULL,
	`comments` integer NOT NULL,
	`checks` text NOT NULL,
	`mergeable` text NOT NULL,
	`checked_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`merged_at` integer,
	`closed_at` integer,
	`generation` integer NOT NULL,
	PRIMARY KEY(`repository_id`, `number`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `pull_requests_node` ON `pull_requests` (`organization_id`,`node_id`);--> statement-breakpoint
CREATE INDEX `pull_requests_head` ON `pull_requests` (`repository_id`,`head_ref`);--> statement-breakpoint
CREATE INDEX `pull_requests_recent` ON `pull_requests` (`organization_id`,`updated_at`);--> statement-breakpoint
CREATE INDEX `pull_requests_open_of` ON `pull_requests` (`organization_id`,`repository_id`) WHERE "pull_requests"."state" = 'open';--> statement-breakpoint
CREATE INDEX `pull_requests_open` ON `pull_requests` (`organization_id`,`checked_at`) WHERE "pull_requests"."state" = 'open';--> statement-breakpoint
CREATE TABLE `repository_overviews` (
	`repository_id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`json` text NOT NULL,
	`fetched_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `members` (
	`organization_id` text NOT NULL,
	`github_id` text NOT NULL,
	`login` text NOT NULL,
	`name` text,
	`avatar_url` text,
	`role` text NOT NULL,
	`generation` integer NOT NULL,
	PRIMARY KEY(`organization_id`, `github_id`),
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `members_login` ON `members` (`organization_id`,lower("login"),`github_id`);--> statement-breakpoint
ALTER TABLE `organizations` ADD `host` text;--> statement-breakpoint
ALTER TABLE `organizations` ADD `github_id` text;--> statement-breakpoint
ALTER TABLE `organizations` ADD `login` text;--> statement-breakpoint
ALTER TABLE `organizations` ADD `avatar_url` text;--> statement-breakpoint
ALTER TABLE `organizations` ADD `account_id` text;--> statement-breakpoint
ALTER TABLE `organizations` ADD `state` text DEFAULT 'ok' NOT NULL;--> statement-breakpoint
ALTER TABLE `organizations` ADD `problem` text;--> statement-breakpoint
ALTER TABLE `organizations` ADD `left_at` integer;--> statement-breakpoint
ALTER TABLE `organizations` ADD `delete_requested_at` integer;--> statement-breakpoint
CREATE UNIQUE INDEX `organizations_github` ON `organizations` (`host`,`github_id`);--> statement-breakpoint
ALTER TABLE `repositories` ADD `github_id` text;--> statement-breakpoint
ALTER TABLE `repositories` ADD `node_id` text;--> statement-breakpoint
ALTER TABLE `repositories` ADD `full_name` text;--> statement-breakpoint
ALTER TABLE `repositories` ADD `url` text;--> statement-breakpoint
ALTER TABLE `repositories` ADD `is_private` integer;--> statement-breakpoint
ALTER TABLE `repositories` ADD `is_archived` integer;--> statement-breakpoint
ALTER TABLE `repositories` ADD `is_fork` integer;--> statement-breakpoint
ALTER TABLE `repositories` ADD `pushed_at` integer;--> statement-breakpoint
ALTER TABLE `repositories` ADD `hidden_at` integer;--> statement-breakpoint
ALTER TABLE `repositories` ADD `gone_at` integer;--> statement-breakpoint
ALTER TABLE `repositories` ADD `generation` integer;--> statement-breakpoint
CREATE UNIQUE INDEX `repositories_github` ON `repositories` (`organization_id`,`github_id`);--> statement-breakpoint
CREATE INDEX `repositories_recent` ON `repositories` (`organization_id`,`last_used_at`,`pushed_at`,`id`);
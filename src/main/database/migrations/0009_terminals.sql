CREATE TABLE `task_terminals` (
	`id` text PRIMARY KEY NOT NULL,
	`task_id` text NOT NULL,
	`group_id` text NOT NULL,
	`position` real NOT NULL,
	`name` text,
	`command` text,
	`cwd` text,
	`created_at` integer NOT NULL,
	`screen` blob
);
--> statement-breakpoint
CREATE INDEX `task_terminals_task` ON `task_terminals` (`task_id`);
ALTER TABLE `repositories` ADD `permission_policy` text;--> statement-breakpoint
ALTER TABLE `permission_requests` ADD `policy` text;--> statement-breakpoint
ALTER TABLE `sessions` ADD `forked_from` text;--> statement-breakpoint
CREATE INDEX `tasks_group` ON `tasks` (`group_id`) WHERE "tasks"."group_id" IS NOT NULL;
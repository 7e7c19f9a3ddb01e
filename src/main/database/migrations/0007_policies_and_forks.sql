ALTER TABLE `repositories` ADD `permission_policy` text;--> statement-breakpoint
ALTER TABLE `permission_requests` ADD `policy` text;--> statement-breakpoint
ALTER TABLE `sessions` ADD `forked_from` text;
DROP INDEX `outgoing_reviews_task`;--> statement-breakpoint
ALTER TABLE `outgoing_reviews` ADD `thread_id` text;--> statement-breakpoint
CREATE UNIQUE INDEX `outgoing_reviews_thread` ON `outgoing_reviews` (`user_id`,`task_id`,`thread_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `outgoing_reviews_task` ON `outgoing_reviews` (`user_id`,`task_id`) WHERE "outgoing_reviews"."thread_id" IS NULL;
CREATE TABLE `review_comments` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`task_id` text NOT NULL,
	`path` text NOT NULL,
	`from_side` text NOT NULL,
	`from_line` integer NOT NULL,
	`to_side` text NOT NULL,
	`to_line` integer NOT NULL,
	`excerpt` text NOT NULL,
	`text` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `review_comments_task` ON `review_comments` (`task_id`);
CREATE TABLE `file_drafts` (
	`user_id` text NOT NULL,
	`task_id` text NOT NULL,
	`path` text NOT NULL,
	`bytes` blob NOT NULL,
	`version` text,
	`edited_at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `task_id`, `path`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);

CREATE TABLE `user_models` (
	`user_id` text NOT NULL,
	`agent_id` text NOT NULL,
	`model_id` text NOT NULL,
	`favourite` integer DEFAULT false NOT NULL,
	`used_at` integer,
	PRIMARY KEY(`user_id`, `agent_id`, `model_id`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `user_repository_models` (
	`user_id` text NOT NULL,
	`repository_id` text NOT NULL,
	`agent_id` text NOT NULL,
	`model_id` text,
	PRIMARY KEY(`user_id`, `repository_id`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);

CREATE TABLE `pull_request_reviews` (
	`repository_id` text NOT NULL,
	`number` integer NOT NULL,
	`organization_id` text NOT NULL,
	`json` text NOT NULL,
	`read_at` integer NOT NULL,
	PRIMARY KEY(`repository_id`, `number`)
);
--> statement-breakpoint
CREATE INDEX `pull_request_reviews_organization` ON `pull_request_reviews` (`organization_id`);--> statement-breakpoint
CREATE TABLE `outgoing_reviews` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`task_id` text NOT NULL,
	`number` integer NOT NULL,
	`verdict` text NOT NULL,
	`body` text NOT NULL,
	`comments` text NOT NULL,
	`seen` text NOT NULL,
	`conflict` text,
	`problem` text,
	`attempt` text,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `outgoing_reviews_task` ON `outgoing_reviews` (`user_id`,`task_id`);
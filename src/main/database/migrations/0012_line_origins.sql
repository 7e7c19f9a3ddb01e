ALTER TABLE `turns` ADD `model_id` text;--> statement-breakpoint
ALTER TABLE `checkpoints` ADD `unsure` text;
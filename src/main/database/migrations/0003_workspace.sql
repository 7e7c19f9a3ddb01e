ALTER TABLE `sessions` ADD `named_by_person` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `sessions` ADD `position` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE `sessions` SET `named_by_person` = true WHERE `id` IN (
	SELECT session_id FROM `audit_events` WHERE kind = 'task.session.renamed'
);

DROP INDEX `tasks_branch`;--> statement-breakpoint
ALTER TABLE `tasks` ADD `starts_from` text DEFAULT 'base' NOT NULL;--> statement-breakpoint
ALTER TABLE `tasks` ADD `pull_request_number` integer;--> statement-breakpoint
ALTER TABLE `tasks` ADD `issue_number` integer;--> statement-breakpoint
ALTER TABLE `tasks` ADD `group_id` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `owner_login` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `author_name` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `author_email` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `archive_reason` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `deleted_at` integer;--> statement-breakpoint
CREATE INDEX `tasks_pull_request` ON `tasks` (`repository_id`,`pull_request_number`);--> statement-breakpoint
CREATE UNIQUE INDEX `tasks_branch` ON `tasks` (`repository_id`,`head_repository`,`branch`) WHERE "tasks"."deleted_at" IS NULL;--> statement-breakpoint
ALTER TABLE `pull_requests` ADD `additions` integer;--> statement-breakpoint
ALTER TABLE `pull_requests` ADD `deletions` integer;--> statement-breakpoint
ALTER TABLE `pull_requests` ADD `changed_files` integer;--> statement-breakpoint
ALTER TABLE `pull_requests` ADD `maintainer_can_modify` integer;--> statement-breakpoint
ALTER TABLE `repositories` ADD `scripts` text;--> statement-breakpoint
ALTER TABLE `repositories` ADD `scripts_trusted` text;--> statement-breakpoint
ALTER TABLE `task_sandboxes` ADD `disk_bytes` integer;--> statement-breakpoint
ALTER TABLE `task_sandboxes` ADD `disk_measured_at` integer;--> statement-breakpoint
ALTER TABLE `user_task_state` ADD `publish_draft` text;--> statement-breakpoint
CREATE INDEX `audit_events_organization` ON `audit_events` (`organization_id`,`id`);--> statement-breakpoint
UPDATE `tasks` SET `archive_reason` = 'person' WHERE `archived_at` IS NOT NULL;--> statement-breakpoint
UPDATE `tasks` SET `pull_request_number` = (
	SELECT p.number FROM `pull_requests` p JOIN `repositories` r ON r.id = p.repository_id
	WHERE p.repository_id = `tasks`.repository_id AND p.head_ref = `tasks`.branch
		AND p.head_repository_id = r.github_id AND `tasks`.head_repository = r.id
	ORDER BY p.state = 'open' DESC, p.number DESC LIMIT 1
);--> statement-breakpoint
INSERT INTO `tasks` (id, organization_id, repository_id, head_repository, branch, starts_from, pull_request_number,
	title, prompt, include_uncommitted, created_at, updated_at)
SELECT 'task_' || lower(hex(randomblob(16))), p.organization_id, p.repository_id,
	CASE WHEN p.head_repository_id IS NULL THEN 'deleted:' || p.number
		WHEN p.head_repository_id = r.github_id THEN r.id
		ELSE 'github:' || p.head_repository_id END AS head,
	p.head_ref, 'branch', max(p.number), p.title, '', 0, p.created_at, p.updated_at
FROM `pull_requests` p JOIN `repositories` r ON r.id = p.repository_id
WHERE p.state = 'open'
GROUP BY p.repository_id, head, p.head_ref
HAVING NOT EXISTS (
	SELECT 1 FROM `tasks` t
	WHERE t.repository_id = p.repository_id AND t.head_repository = head AND t.branch = p.head_ref
);

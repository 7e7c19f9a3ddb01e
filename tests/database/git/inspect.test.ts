import { execFileSync } from 'node:child_process'
import { chmod, mkdir, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { inspectFolder, listBranches, readRepositoryState } from '../../../src/main/repository/inspect'
import { createRepository, createWorld, failure, fingerprint } from './world'

describe('a folder that a person chose', () => {
  it('is resolved to its top, by whatever way it was reached, and stays untouched', async () => {
    const world = await createWorld()
    const repo = await createRepository(world, 'my repo ä $x')
    await world.run(repo, 'remote', 'add', 'origin', 'https://ada:s3cret@github.com/acme/thing.git')
    await world.write(join(repo, 'a.txt'), 'dirty\n')
    await symlink(repo, join(world.root, 'link'))
    const before = await fingerprint(repo)
    for (const path of [repo, join(repo, 'src'), join(world.root, 'link'), `${repo}/`]) {
      expect(await inspectFolder(world.git, path)).toEqual({
        root: repo,
        name: 'thing',
        originUrl: 'https://github.com/acme/thing.git',
        defaultBranch: 'main',
      })
      await readRepositoryState(world.git, path)
    }
    expect(await fingerprint(repo)).toEqual(before)
  })

  it('is refused in words when it is no working tree', async () => {
    const world = await createWorld()
    const repo = await createRepository(world, 'repo')
    await world.run(world.root, 'init', '-q', '--bare', 'bare.git')
    await mkdir(join(world.root, "plain it's"))
    await writeFile(join(world.root, 'file'), '')
    const cases: [string, string, RegExp][] = [
      [join(world.root, 'nowhere'), 'not_found', /There is no folder/],
      [join(world.root, 'file', 'x'), 'not_found', /There is no folder/],
      [join(world.root, 'file'), 'invalid_input', /is a file/],
      [join(world.root, "plain it's"), 'invalid_input', /not a git repository/],
      [join(world.root, 'bare.git'), 'invalid_input', /bare repository/],
      [join(repo, '.git'), 'invalid_input', /\.git folder/],
      [join(repo, '.git', 'refs'), 'invalid_input', /\.git folder/],
    ]
    for (const [path, kind, message] of cases) {
      const refused = await failure(inspectFolder(world.git, path))
      expect(refused).toMatchObject({
        kind,
        message: expect.stringMatching(message),
        next: expect.any(String),
      })
    }
    const plain = await failure(inspectFolder(world.git, join(world.root, "plain it's")))
    expect(plain.next).toContain(`git -C '${world.root}/plain it'\\''s' init`)
  })

  it('of another user is not trusted, with the command that changes that', async ({ skip }) => {
    if (process.getuid?.() !== 0) skip('only root can give a folder away')
    const world = await createWorld()
    const repo = await createRepository(world, 'their repo')
    execFileSync('chown', ['-R', '12345', repo])
    const refused = await failure(inspectFolder(world.git, repo))
    expect(refused.next).toContain(`git config --global --add safe.directory '${repo}'`)
    expect(refused.detail).toContain('dubious ownership')
  })

  it('without git on this machine says how to get it', async () => {
    const world = await createWorld()
    const repo = await createRepository(world, 'repo')
    world.environment['PATH'] = join(world.root, 'nowhere')
    expect(await failure(inspectFolder(world.git, repo))).toMatchObject({
      kind: 'git_missing',
      next: expect.stringContaining('git'),
    })
    await world.write(join(world.root, 'old/git'), '#!/bin/sh\necho git version 2.17.1\n')
    await chmod(join(world.root, 'old/git'), 0o755)
    world.environment['PATH'] = `${join(world.root, 'old')}:/bin`
    expect(await failure(world.git.version())).toMatchObject({
      kind: 'git_missing',
      message: expect.stringContaining('2.17.1'),
    })
  })

  it('runs none of its own programs', async () => {
    const world = await createWorld()
    const repo = await createRepository(world, 'repo')
    const evil = join(world.root, 'evil')
    await world.write(evil, `#!/bin/sh\ntouch ${world.root}/owned\n`)
    await chmod(evil, 0o755)
    await world.run(repo, 'config', 'core.fsmonitor', evil)
    await inspectFolder(world.git, repo)
    await readRepositoryState(world.git, repo)
    await expect(stat(join(world.root, 'owned'))).rejects.toThrow('ENOENT')
  })
})

describe('the state of a repository', () => {
  it('tells empty, detached, uncommitted, submodules, LFS and identity', async () => {
    const world = await createWorld()
    const empty = await createRepository(world, 'empty', {})
    expect(await readRepositoryState(world.git, empty)).toEqual({
      branch: null,
      headCommit: null,
      empty: true,
      detached: false,
      uncommittedFiles: 0,
      hasSubmodules: false,
      usesLfs: false,
      lfsInstalled: expect.any(Boolean),
      identity: { name: 'Ada', email: 'ada@example.org' },
      branches: [],
      branchesTruncated: false,
    })
    const inner = await createRepository(world, 'inner')
    const repo = await createRepository(world, 'repo', {
      'deep/.gitattributes': '*.bin filter=lfs -text\n',
      'a.txt': 'a\n',
    })
    await world.run(repo, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner, 'sub')
    await world.run(repo, 'commit', '-qm', 'sub')
    await world.run(repo, 'checkout', '-q', '--detach')
    await world.write(join(repo, 'a.txt'), 'changed\n')
    await world.write(join(repo, 'new\nline/x'), '')
    await world.write(join(repo, 'new\nline/y'), '')
    expect(await readRepositoryState(world.git, repo)).toMatchObject({
      branch: null,
      headCommit: await world.run(repo, 'rev-parse', 'HEAD'),
      detached: true,
      uncommittedFiles: 3,
      hasSubmodules: true,
      usesLfs: true,
      branches: ['main'],
    })
  })

  it('has no identity where none is set, and the right one by includeIf', async () => {
    const world = await createWorld({ identity: false })
    const repo = await createRepository(world, 'work/repo')
    expect((await readRepositoryState(world.git, repo)).identity).toBeNull()
    await world.write(join(world.home, 'work.inc'), '[user]\n\tname = Grace\n\temail = grace@work\n')
    await writeFile(
      join(world.home, '.gitconfig'),
      `[includeIf "gitdir:${world.root}/work/"]\n\tpath = work.inc\n`,
    )
    expect((await readRepositoryState(world.git, repo)).identity).toEqual({
      name: 'Grace',
      email: 'grace@work',
    })
  })

  it('lists branches of both kinds once, current first, and says when the list was cut', async () => {
    const world = await createWorld()
    const upstream = await createRepository(world, 'upstream')
    await world.run(upstream, 'branch', 'remote-only')
    await world.run(world.root, 'clone', '-q', upstream, 'clone')
    const repo = join(world.root, 'clone')
    await world.run(repo, 'branch', 'local-only')
    expect((await listBranches(world.git, repo)).toSorted()).toEqual(['local-only', 'main', 'remote-only'])
    const head = await world.run(repo, 'rev-parse', 'HEAD')
    const packed = Array.from({ length: 150 }, (_, number) => `${head} refs/heads/many/${number}\n`).join('')
    await writeFile(
      join(repo, '.git/packed-refs'),
      `# pack-refs with: peeled fully-peeled sorted \n${packed}`,
    )
    const state = await readRepositoryState(world.git, repo)
    expect(state.branches).toHaveLength(100)
    expect(state.branches[0]).toBe('main')
    expect(state.branchesTruncated).toBe(true)
  })
})

import { chmod, mkdir, readFile, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bringHome } from '../../../src/main/sandbox/checkout/bring-home'
import {
  checkoutsOf,
  createRepository,
  createWorld,
  failure,
  fingerprint,
  newTaskId,
  quietProgress,
  REPOSITORY,
  sandboxGit,
} from './world'
import { takeCheckpoint } from '../../../src/main/task/git/checkpoint'

describe('a checkout', () => {
  it('is a repository of its own on its branch, and leaves the folder byte for byte as it was', async () => {
    const world = await createWorld()
    const folder = await createRepository(world, 'my repo')
    await world.write(join(folder, 'a.txt'), 'changed\n')
    await world.write(join(folder, 'untracked.txt'), 'new\n')
    await world.run(folder, 'tag', 'v1')
    const before = await fingerprint(folder)

    const { prepare } = checkoutsOf(world)
    const made = await prepare(folder)

    expect(await fingerprint(folder)).toEqual(before)
    expect(made.warnings).toEqual([])
    expect(made.baseCommit).toBe(await world.run(folder, 'rev-parse', 'main'))
    expect(await world.run(made.cwd, 'symbolic-ref', 'HEAD')).toBe('refs/heads/task-branch')
    expect(await world.run(made.cwd, 'status', '--porcelain')).toBe('')
    expect(await readFile(join(made.cwd, 'a.txt'), 'utf8')).toBe('one\ntwo\nthree\n')
    expect(await world.run(made.cwd, 'remote', 'get-url', 'origin')).toBe(folder)
    expect(await world.run(made.cwd, 'tag')).toBe('v1')
    expect(await world.run(made.cwd, 'symbolic-ref', 'refs/remotes/origin/HEAD')).toBe(
      'refs/remotes/origin/main',
    )
    expect((await readdir(join(made.cwd, '.git'))).filter((name) => name.endsWith('.part'))).toEqual([])
    await world.run(made.cwd, 'fsck', '--strict')
    await world.run(made.cwd, 'fetch', 'origin')
  })

  it.each([
    "quo'te",
    'dou"ble',
    '$HOME',
    'ümläut 漢字',
    '-dash',
    '#hash',
    'semi;colon',
    'per%20cent',
    'back\\slash',
    'co:lon',
  ])('works under a path with %s', async (name) => {
    const world = await createWorld()
    const base = await createWorld({ under: world.root })
    const under = join(base.root, name)
    await mkdir(under)
    const inner = { ...base, root: under }
    const folder = await createRepository(inner, `repo ${name}`)
    await world.write(join(folder, 'new.txt'), 'x')
    const { prepare, checkouts } = checkoutsOf(inner)
    const taskId = newTaskId()
    const made = await prepare(folder, { taskId, includeUncommitted: true })
    expect(await world.run(made.cwd, 'status', '--porcelain')).toBe('?? new.txt')
    await world.run(made.cwd, 'add', '-A')
    await base.run(made.cwd, 'commit', '-qm', 'work')
    await bringHome(base.git, { folder, checkout: made.cwd, branch: 'task-branch' })
    expect(await world.run(folder, 'log', '-1', '--format=%s', 'task-branch')).toBe('work')
    await checkouts.remove(taskId, REPOSITORY)
    await expect(stat(made.cwd)).rejects.toThrow('ENOENT')
  })

  it('takes origin, its branches and its default from the folder, with the real address', async () => {
    const world = await createWorld()
    const upstream = await createRepository(world, 'upstream')
    await world.run(upstream, 'branch', 'other')
    const folder = join(world.root, 'clone')
    await world.run(world.root, 'clone', '-q', upstream, folder)
    await world.write(join(folder, 'a.txt'), 'ahead\n')
    await world.run(folder, 'commit', '-qam', 'ahead of origin')
    const { prepare } = checkoutsOf(world)
    const source = { path: folder, originUrl: 'https://github.com/acme/thing.git' }

    const made = await prepare(folder, { source })
    expect(made.baseCommit).toBe(await world.run(folder, 'rev-parse', 'main'))
    expect(await world.run(made.cwd, 'config', 'remote.origin.url')).toBe(source.originUrl)
    expect(await world.run(made.cwd, 'branch', '-r', '--format=%(refname)')).toBe(
      ['refs/remotes/origin/HEAD', 'refs/remotes/origin/main', 'refs/remotes/origin/other'].join('\n'),
    )
    expect(await world.run(made.cwd, 'symbolic-ref', 'refs/remotes/origin/HEAD')).toBe(
      'refs/remotes/origin/main',
    )
    expect(await world.run(made.cwd, 'rev-parse', 'origin/main')).toBe(
      await world.run(upstream, 'rev-parse', 'main'),
    )

    const fromOther = await prepare(folder, {
      source,
      branch: 'second',
      start: { kind: 'base', branch: 'other' },
    })
    expect(fromOther.baseCommit).toBe(await world.run(upstream, 'rev-parse', 'other'))
  })

  it('needs nothing of the folder any more, whether its objects were packed, loose or borrowed', async () => {
    const world = await createWorld()
    const lender = await createRepository(world, 'lender')
    await world.run(world.root, 'clone', '-q', '--shared', lender, 'repo')
    const folder = join(world.root, 'repo')
    for (const name of ['packed', 'loose']) {
      await world.write(join(folder, `${name}.txt`), name)
      await world.run(folder, 'add', '-A')
      await world.run(folder, 'commit', '-qm', name)
      if (name === 'packed') await world.run(folder, 'repack', '-adlq')
    }
    const { prepare } = checkoutsOf(world)
    const made = await prepare(folder)
    await rm(folder, { recursive: true })
    await rm(lender, { recursive: true })
    await world.run(made.cwd, 'fsck', '--strict')
    expect(await world.run(made.cwd, 'log', '--format=%s')).toBe('loose\npacked\nfirst')
  })

  it('starts from a detached HEAD, from a linked worktree and from a shallow clone', async () => {
    const world = await createWorld()
    const folder = await createRepository(world, 'repo')
    const first = await world.run(folder, 'rev-parse', 'HEAD')
    await world.write(join(folder, 'a.txt'), '2\n')
    await world.run(folder, 'commit', '-qam', 'second')
    const { prepare } = checkoutsOf(world)

    await world.run(folder, 'worktree', 'add', '-q', '-b', 'side', join(world.root, 'linked'), first)
    const linked = await prepare(join(world.root, 'linked'), { branch: 'from-linked' })
    expect(linked.baseCommit).toBe(first)

    await world.run(folder, 'checkout', '-q', first)
    const detached = await prepare(folder, { branch: 'from-detached' })
    expect(detached.baseCommit).toBe(first)

    await world.run(world.root, 'clone', '-q', '--depth=1', '--no-local', `file://${folder}`, 'shallow')
    const shallow = await prepare(join(world.root, 'shallow'), { branch: 'x', repositoryId: 'repo_00000002' })
    expect(await world.run(shallow.cwd, 'rev-list', '--count', 'HEAD')).toBe('1')
    await world.run(shallow.cwd, 'fsck')
  })

  it('starts an empty branch in an empty repository, with what is uncommitted when asked', async () => {
    const world = await createWorld()
    const folder = await createRepository(world, 'empty', {})
    const { prepare } = checkoutsOf(world)
    const made = await prepare(folder)
    expect(made.baseCommit).toBeNull()
    expect(await world.run(made.cwd, 'symbolic-ref', 'HEAD')).toBe('refs/heads/task-branch')

    await world.write(join(folder, 'staged.txt'), 's')
    await world.run(folder, 'add', 'staged.txt')
    await world.write(join(folder, 'new.txt'), 'n')
    const included = await prepare(folder, { branch: 'with', includeUncommitted: true })
    expect((await world.run(included.cwd, 'status', '--porcelain')).split('\n')).toEqual([
      'A  staged.txt',
      '?? new.txt',
    ])
  })

  it('refuses a branch that exists, with a name that is free', async () => {
    const world = await createWorld()
    const folder = await createRepository(world, 'repo')
    await world.run(folder, 'branch', 'feature')
    const { prepare } = checkoutsOf(world)
    const same = await failure(prepare(folder, { branch: 'feature' }))
    expect(same).toMatchObject({ kind: 'conflict', next: 'Choose another name, such as feature-2.' })
    const below = await failure(prepare(folder, { branch: 'feature/x' }))
    expect(below).toMatchObject({ kind: 'conflict', next: 'Choose another name, such as feature-x.' })
    const base = await failure(prepare(folder, { start: { kind: 'base', branch: 'nowhere' } }))
    expect(base.kind).toBe('not_found')
    expect(await readdir(join(world.root, 'data', 'checkouts'))).toEqual([])
  })

  it.each([
    '--upload-pack=touch /tmp/owned',
    '-d',
    'a b',
    'a..b',
    '$(touch x)',
    'a\nb',
    '../../x',
    'refs/heads/../x',
    '@{-1}',
    '',
  ])('refuses the branch name %j', async (branch) => {
    const world = await createWorld()
    const folder = await createRepository(world, 'repo')
    const { prepare } = checkoutsOf(world)
    const refused = await failure(prepare(folder, { branch }))
    // A shell would care about `$(…)`; git and we do not, but the spaces in it are refused.
    expect(refused.kind).toBe('invalid_input')
  })

  it('is found again, never made over work, and made anew when it was half made', async () => {
    const world = await createWorld()
    const folder = await createRepository(world, 'repo')
    const { prepare, checkouts } = checkoutsOf(world)
    const taskId = newTaskId()
    const part = join(world.root, 'data', 'checkouts', `${taskId}.part`)
    await world.write(join(part, '.git', 'HEAD'), 'half')
    const made = await prepare(folder, { taskId })
    await expect(stat(part)).rejects.toThrow('ENOENT')

    await world.write(join(made.cwd, 'work.txt'), 'precious')
    const again = await prepare(folder, { taskId })
    expect(made.pristine).toBe(true)
    expect(again).toEqual({ ...made, pristine: false })
    expect(await readFile(join(made.cwd, 'work.txt'), 'utf8')).toBe('precious')

    await world.write(join(world.root, 'data', 'checkouts', 'task_0000ffff.trash', 'x'), '')
    await checkouts.clean()
    expect(await readdir(join(world.root, 'data', 'checkouts'))).toEqual([taskId])
  })

  it('leaves nothing behind when it is cancelled', async () => {
    const world = await createWorld()
    const folder = await createRepository(world, 'repo')
    const { checkouts } = checkoutsOf(world)
    const abort = new AbortController()
    const progress = {
      ...quietProgress(abort.signal),
      stage: (text: string) => text === 'Checking out files' && abort.abort(),
    }
    const request = {
      taskId: newTaskId(),
      repositoryId: REPOSITORY,
      source: { path: folder, originUrl: null },
      branch: 'b',
      start: { kind: 'base', branch: null } as const,
      includeUncommitted: false,
      identity: null,
      access: null,
    }
    expect((await failure(checkouts.prepare(request, progress))).kind).toBe('cancelled')
    expect(await readdir(join(world.root, 'data', 'checkouts'))).toEqual([])
    expect((await checkouts.prepare(request, quietProgress())).branch).toBe('b')
  })

  it('keeps two tasks apart and can be deleted without harm to the other', async () => {
    const world = await createWorld()
    const folder = await createRepository(world, 'repo')
    const { prepare, checkouts } = checkoutsOf(world)
    const ids = [newTaskId(), newTaskId()] as const
    const [one, two] = await Promise.all([
      prepare(folder, { taskId: ids[0], branch: 'one' }),
      prepare(folder, { taskId: ids[1], branch: 'two' }),
    ])
    await world.write(join(one.cwd, 'one.txt'), '1')
    await world.run(one.cwd, 'add', '-A')
    await world.run(one.cwd, 'commit', '-qm', 'one')
    expect(await world.run(two.cwd, 'for-each-ref', '--format=%(refname)', 'refs/heads')).toBe(
      'refs/heads/two',
    )
    await checkouts.remove(ids[0], REPOSITORY)
    await world.run(two.cwd, 'fsck', '--strict')
    expect(await world.run(two.cwd, 'status', '--porcelain')).toBe('')
    expect(await world.run(folder, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main')
  })

  it('refuses a push into the folder that is only read', async () => {
    const world = await createWorld()
    const folder = await createRepository(world, 'repo')
    const { prepare } = checkoutsOf(world)
    const made = await prepare(folder)
    await expect(world.run(made.cwd, 'push', 'origin', 'task-branch')).rejects.toThrow(
      /use-bring-branch-into-my-folder/,
    )
  })

  it('commits as the person does in their folder, also by includeIf', async () => {
    const world = await createWorld({ identity: false })
    const folder = await createRepository(world, 'work/repo')
    await world.write(
      join(world.home, 'work.inc'),
      '[user]\n\tname = "Grace \\"G\\" #1; \\\\ x"\n\temail = grace@work\n',
    )
    await writeFile(join(world.home, '.gitconfig'), `[includeIf "gitdir:${folder}/"]\n\tpath = work.inc\n`)
    const { prepare } = checkoutsOf(world)
    const made = await prepare(folder)
    await world.run(made.cwd, 'commit', '-q', '--allow-empty', '-m', 'x')
    expect(await world.run(made.cwd, 'log', '-1', '--format=%an <%ae>')).toBe(
      'Grace "G" #1; \\ x <grace@work>',
    )
  })

  it('reports a folder that is gone and a git that is missing', async () => {
    const world = await createWorld()
    const folder = await createRepository(world, 'repo')
    const { prepare } = checkoutsOf(world)
    await rename(folder, `${folder}-moved`)
    expect((await failure(prepare(folder))).kind).toBe('not_found')
    world.environment['PATH'] = join(world.root, 'nowhere')
    const missing = await failure(prepare(`${folder}-moved`))
    expect(missing.kind).toBe('git_missing')
    expect(missing.next).toMatch(/Install git/)
  })
})

describe('uncommitted changes', () => {
  it('arrive as they are, staged or not: binary, renamed, deleted, modes and links, and the folder is untouched', async () => {
    const world = await createWorld()
    const folder = await createRepository(world, 'repo', {
      'mod.txt': 'a\n',
      'gone.txt': 'x\n',
      'from.txt': 'some content to rename\n',
      'run.sh': '#!/bin/sh\n',
      'bin.dat': new Uint8Array([0, 1, 2]),
      '.gitignore': 'ignored/\n',
    })
    await world.write(join(folder, 'mod.txt'), 'staged\n')
    await world.run(folder, 'add', 'mod.txt')
    await world.write(join(folder, 'mod.txt'), 'staged\nand more\n')
    await rm(join(folder, 'gone.txt'))
    await world.run(folder, 'mv', 'from.txt', 'to.txt')
    await chmod(join(folder, 'run.sh'), 0o755)
    await world.write(join(folder, 'bin.dat'), new Uint8Array([0, 255, 254, 10, 0]))
    await symlink('mod.txt', join(folder, 'link'))
    await world.write(join(folder, 'new dir/ä "q" $x.txt'), 'new\n')
    await world.write(join(folder, 'ignored/x'), 'i')
    await world.write(join(folder, 'ignored/forced'), 'f')
    await world.run(folder, 'add', '-f', 'ignored/forced')
    const before = await fingerprint(folder)
    const status = await world.run(folder, '--no-optional-locks', 'status', '--porcelain', '-z', '-uall')

    const { prepare } = checkoutsOf(world)
    const made = await prepare(folder, { includeUncommitted: true })

    expect(await fingerprint(folder)).toEqual(before)
    expect(await world.run(made.cwd, 'status', '--porcelain', '-z', '-uall')).toBe(status)
    expect(await world.run(made.cwd, 'diff')).toBe(await world.run(folder, '--no-optional-locks', 'diff'))
    expect(await readFile(join(made.cwd, 'bin.dat'))).toEqual(Buffer.from([0, 255, 254, 10, 0]))
    expect((await stat(join(made.cwd, 'run.sh'))).mode & 0o111).not.toBe(0)
    await expect(stat(join(made.cwd, 'ignored/x'))).rejects.toThrow('ENOENT')
    expect(await world.run(made.cwd, 'rev-parse', 'HEAD')).toBe(made.baseCommit)
  })

  it('stay out unless asked, and are refused on another base', async () => {
    const world = await createWorld()
    const folder = await createRepository(world, 'repo')
    await world.run(folder, 'branch', 'old')
    await world.write(join(folder, 'a.txt'), 'second\n')
    await world.run(folder, 'commit', '-qam', 'second')
    await world.write(join(folder, 'a.txt'), 'dirty\n')
    const { prepare } = checkoutsOf(world)
    const refused = await failure(
      prepare(folder, { start: { kind: 'base', branch: 'old' }, includeUncommitted: true }),
    )
    expect(refused.kind).toBe('conflict')
    const made = await prepare(folder)
    expect(await readFile(join(made.cwd, 'a.txt'), 'utf8')).toBe('second\n')
  })

  it('arrive in the middle of a merge with conflicts', async () => {
    const world = await createWorld()
    const folder = await createRepository(world, 'repo')
    await world.run(folder, 'checkout', '-qb', 'side')
    await world.write(join(folder, 'a.txt'), 'side\n')
    await world.run(folder, 'commit', '-qam', 'side')
    await world.run(folder, 'checkout', '-q', 'main')
    await world.write(join(folder, 'a.txt'), 'main\n')
    await world.run(folder, 'commit', '-qam', 'main')
    await expect(world.run(folder, 'merge', 'side')).rejects.toThrow(/CONFLICT|Command failed/)
    const { prepare } = checkoutsOf(world)
    const made = await prepare(folder, { includeUncommitted: true })
    expect(await readFile(join(made.cwd, 'a.txt'), 'utf8')).toContain('<<<<<<<')
    expect(await world.run(made.cwd, 'status', '--porcelain')).toBe(' M a.txt')
  })
})

describe('submodules and LFS', () => {
  it('fills submodules, nested ones too, from the copies in the folder', async () => {
    const world = await createWorld()
    const innermost = await createRepository(world, 'innermost', { 'i.txt': 'i\n' })
    const inner = await createRepository(world, 'inner', { 'n.txt': 'n\n' })
    const allow = ['-c', 'protocol.file.allow=always']
    await world.run(inner, ...allow, 'submodule', '--quiet', 'add', innermost, 'deep')
    await world.run(inner, 'commit', '-qm', 'nested')
    const folder = await createRepository(world, 'repo')
    await world.run(
      folder,
      ...allow,
      'submodule',
      '--quiet',
      'add',
      '--name',
      'my = "sub"',
      inner,
      'libs/in ner',
    )
    await world.run(folder, ...allow, 'submodule', '--quiet', 'update', '--init', '--recursive')
    await world.run(folder, 'commit', '-qm', 'sub')
    await rename(inner, `${inner}-offline`)
    await rename(innermost, `${innermost}-offline`)
    const before = await fingerprint(folder)

    const { prepare } = checkoutsOf(world)
    const made = await prepare(folder)
    expect(made.warnings).toEqual([])
    expect(await readFile(join(made.cwd, 'libs/in ner/n.txt'), 'utf8')).toBe('n\n')
    expect(await readFile(join(made.cwd, 'libs/in ner/deep/i.txt'), 'utf8')).toBe('i\n')
    expect(await world.run(join(made.cwd, 'libs/in ner'), 'remote', 'get-url', 'origin')).toBe(inner)
    expect(await world.run(made.cwd, 'status', '--porcelain')).toBe('')
    expect(await fingerprint(folder)).toEqual(before)
  })

  it('goes on without a submodule that cannot be had, with git’s words', async () => {
    const world = await createWorld()
    const inner = await createRepository(world, 'inner')
    const folder = await createRepository(world, 'repo')
    await world.run(folder, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner, 'sub')
    await world.run(folder, 'commit', '-qm', 'sub')
    await rm(join(folder, '.git/modules'), { recursive: true })
    const { prepare } = checkoutsOf(world)
    const made = await prepare(folder)
    expect(made.warnings).toHaveLength(1)
    expect(made.warnings[0]?.message).toMatch(/submodule sub/)
    expect(made.warnings[0]?.detail).toMatch(/transport 'file' not allowed/)
  })

  it('leaves pointers and says so where Git LFS is not set up, and where it fails', async () => {
    const world = await createWorld()
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'
    const folder = await createRepository(world, 'repo', {
      'sub/.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n',
      'sub/x.bin': pointer,
    })
    const { prepare } = checkoutsOf(world)
    const made = await prepare(folder)
    expect(await readFile(join(made.cwd, 'sub/x.bin'), 'utf8')).toBe(pointer)
    expect(made.warnings.map(({ message }) => message)).toEqual([expect.stringContaining('Git LFS')])

    // As `git lfs install` configures it, with a git-lfs whose server is out of reach unless told to skip.
    const lfs = join(world.home, 'git-lfs')
    await world.write(
      lfs,
      '#!/bin/sh\nif [ "$1" = version ]; then exit 0; fi\nif [ "$GIT_LFS_SKIP_SMUDGE" = 1 ]; then exec cat; fi\necho "batch request: no such host" >&2\nexit 2\n',
    )
    await chmod(lfs, 0o755)
    await world.write(
      join(world.home, '.gitconfig'),
      '[user]\n\tname = A\n\temail = a@b\n[filter "lfs"]\n\tsmudge = git-lfs smudge -- %f\n\tclean = cat\n\trequired = true\n',
    )
    world.environment['PATH'] = `${world.home}:${world.environment['PATH']}`
    const failing = await prepare(folder, { branch: 'second' })
    expect(await readFile(join(failing.cwd, 'sub/x.bin'), 'utf8')).toBe(pointer)
    expect(failing.warnings[0]?.detail).toMatch(/no such host/)
  })
})

describe('the spare checkout', () => {
  it('is taken by the next task, brought up to date, and made again', async () => {
    const world = await createWorld()
    const folder = await createRepository(world, 'repo', { 'a.txt': '1\n', 'old.txt': 'old\n' })
    const { prepare, checkouts } = checkoutsOf(world)
    const source = { path: folder, originUrl: null }
    await checkouts.warm(REPOSITORY, source)
    const spare = join(world.root, 'data', 'checkouts', `${REPOSITORY}.spare`)
    const inode = (await stat(spare)).ino
    await rm(join(folder, 'old.txt'))
    await world.write(join(folder, 'a.txt'), '2\n')
    await world.write(join(folder, 'new.txt'), 'n\n')
    await world.run(folder, 'add', '-A')
    await world.run(folder, 'commit', '-qm', 'second')

    const made = await prepare(folder)
    expect((await stat(made.cwd)).ino).toBe(inode)
    expect(await world.run(made.cwd, 'status', '--porcelain')).toBe('')
    expect(await world.run(made.cwd, 'rev-parse', 'HEAD')).toBe(await world.run(folder, 'rev-parse', 'HEAD'))
    expect(await world.run(made.cwd, 'for-each-ref', '--format=%(refname)', 'refs/heads')).toBe(
      'refs/heads/task-branch',
    )
    await expect(stat(spare)).rejects.toThrow('ENOENT')
    await checkouts.warm(REPOSITORY, source)
    expect((await stat(spare)).isDirectory()).toBe(true)
  })

  it('is left alone when it is not as git left it', async () => {
    const world = await createWorld()
    const folder = await createRepository(world, 'repo')
    const { prepare, checkouts } = checkoutsOf(world)
    await checkouts.warm(REPOSITORY, { path: folder, originUrl: null })
    await world.write(join(world.root, 'data', 'checkouts', `${REPOSITORY}.spare`, 'a.txt'), 'damaged')
    await world.write(join(world.root, 'data', 'checkouts', `${REPOSITORY}.spare`, 'stray.txt'), 'stray')
    const made = await prepare(folder)
    expect(await readFile(join(made.cwd, 'a.txt'), 'utf8')).toBe('one\ntwo\nthree\n')
    expect(await world.run(made.cwd, 'status', '--porcelain')).toBe('')
  })

  it('goes to one of several tasks that start at once', async () => {
    const world = await createWorld()
    const folder = await createRepository(world, 'repo')
    const { prepare, checkouts } = checkoutsOf(world)
    for (const round of ['a', 'b']) {
      await checkouts.warm(REPOSITORY, { path: folder, originUrl: null })
      const made = await Promise.all(
        [1, 2, 3].map((task) => prepare(folder, { taskId: newTaskId(), branch: `${round}-${task}` })),
      )
      for (const { cwd } of made) expect(await world.run(cwd, 'status', '--porcelain')).toBe('')
    }
  })

  it('gives way to a task that starts while it is made', async () => {
    const world = await createWorld()
    const folder = await createRepository(world, 'repo')
    const { prepare, checkouts } = checkoutsOf(world)
    const warming = checkouts.warm(REPOSITORY, { path: folder, originUrl: null })
    const made = await prepare(folder)
    await warming
    expect(await world.run(made.cwd, 'status', '--porcelain')).toBe('')
  })
})

describe('removing a checkout', () => {
  it('keeps all its work and brings it back', async () => {
    const world = await createWorld()
    const folder = await createRepository(world, 'repo')
    const { prepare, checkouts } = checkoutsOf(world)
    const taskId = newTaskId()
    const made = await prepare(folder, { taskId })
    await world.write(join(made.cwd, 'committed.txt'), 'c\n')
    await world.run(made.cwd, 'add', '-A')
    await world.run(made.cwd, 'commit', '-qm', 'unpushed')
    await world.run(made.cwd, 'branch', 'own-branch')
    for (const text of ['stash one', 'stash two']) {
      await world.write(join(made.cwd, 'a.txt'), text)
      await world.run(made.cwd, 'stash')
    }
    const checkpoint = await takeCheckpoint(sandboxGit(world, made.cwd), {
      sessionId: 'session_1',
      turnId: 'turn_1',
      parent: made.baseCommit,
    })
    await world.write(join(made.cwd, 'a.txt'), 'not committed\n')
    await world.write(join(made.cwd, 'untracked.txt'), 'untracked\n')
    const head = await world.run(made.cwd, 'rev-parse', 'HEAD')

    await checkouts.remove(taskId, REPOSITORY)
    await rename(folder, `${folder}-gone`)
    const back = await prepare(folder, { taskId })

    expect(back).toMatchObject({ cwd: made.cwd, branch: 'task-branch', baseCommit: made.baseCommit })
    expect(back.warnings).toHaveLength(1)
    expect(await world.run(back.cwd, 'rev-parse', 'HEAD')).toBe(head)
    expect(await world.run(back.cwd, 'status', '--porcelain')).toBe(' M a.txt\n?? untracked.txt')
    expect(await world.run(back.cwd, 'rev-parse', 'own-branch')).toBe(head)
    expect(await world.run(back.cwd, 'rev-parse', 'refs/foundry/checkpoints/session_1/turn_1')).toBe(
      checkpoint.commit,
    )
    expect(await world.run(back.cwd, 'show', 'stash@{0}:a.txt')).toBe('stash two')
    expect(await world.run(back.cwd, 'show', 'stash@{1}:a.txt')).toBe('stash one')
    await world.run(back.cwd, 'fsck', '--strict')
  })

  it('deletes nothing when the work cannot be secured', async () => {
    const world = await createWorld()
    const folder = await createRepository(world, 'repo')
    const { prepare, checkouts } = checkoutsOf(world)
    const taskId = newTaskId()
    const made = await prepare(folder, { taskId })
    await world.write(join(made.cwd, 'work.txt'), 'w')
    await rm(join(world.root, 'data', 'stores'), { recursive: true })
    await failure(checkouts.remove(taskId, REPOSITORY))
    expect(await readFile(join(made.cwd, 'work.txt'), 'utf8')).toBe('w')
  })
})

describe('bringing a branch home', () => {
  it('adds the branch with all its objects and touches nothing else', async () => {
    const world = await createWorld()
    const folder = await createRepository(world, 'repo')
    const { prepare, checkouts } = checkoutsOf(world)
    const taskId = newTaskId()
    const made = await prepare(folder, { taskId })
    await world.write(join(made.cwd, 'new.txt'), 'x')
    await world.run(made.cwd, 'add', '-A')
    await world.run(made.cwd, 'commit', '-qm', 'work')
    const index = await readFile(join(folder, '.git/index'))
    await bringHome(world.git, { folder, checkout: made.cwd, branch: 'task-branch' })
    expect(await readFile(join(folder, '.git/index'))).toEqual(index)
    expect(await readdir(join(folder, '.git'))).not.toContain('FETCH_HEAD')
    expect(await world.run(folder, 'status', '--porcelain', '-b')).toBe('## main')
    await checkouts.remove(taskId, REPOSITORY)
    await rm(join(world.root, 'data'), { recursive: true })
    await world.run(folder, 'fsck', '--strict')
    expect(await world.run(folder, 'show', 'task-branch:new.txt')).toBe('x')
  })

  it('refuses when the branch is checked out there or has commits of its own, with what to do', async () => {
    const world = await createWorld()
    const folder = await createRepository(world, 'repo')
    const { prepare } = checkoutsOf(world)
    const made = await prepare(folder)
    await world.run(made.cwd, 'commit', '-q', '--allow-empty', '-m', 'theirs')
    const bring = () => bringHome(world.git, { folder, checkout: made.cwd, branch: 'task-branch' })

    await world.run(folder, 'checkout', '-qb', 'task-branch')
    const checkedOut = await failure(bring())
    expect(checkedOut.kind).toBe('conflict')
    expect(checkedOut.next).toContain(`git pull ${made.cwd} task-branch`)

    await world.run(folder, 'commit', '-q', '--allow-empty', '-m', 'ours')
    await world.run(folder, 'checkout', '-q', 'main')
    const tip = await world.run(folder, 'rev-parse', 'task-branch')
    const diverged = await failure(bring())
    expect(diverged.kind).toBe('conflict')
    expect(diverged.message).toContain('commits of its own')
    expect(await world.run(folder, 'rev-parse', 'task-branch')).toBe(tip)
  })

  it('says so when there is nothing to bring', async () => {
    const world = await createWorld()
    const folder = await createRepository(world, 'empty', {})
    const { prepare } = checkoutsOf(world)
    const made = await prepare(folder)
    const nothing = await failure(bringHome(world.git, { folder, checkout: made.cwd, branch: 'task-branch' }))
    expect(nothing).toMatchObject({ kind: 'conflict', next: 'Commit the work first.' })
  })
})

import { FuseState, FuseV1Options, FuseVersion, flipFuses, getCurrentFuseWire } from '@electron/fuses'

/** The fuses of a release, as in electron-builder.yml: what a user's copy can be made to do from outside. */
const RELEASE = {
  RunAsNode: false,
  EnableCookieEncryption: true,
  EnableNodeOptionsEnvironmentVariable: false,
  EnableNodeCliInspectArguments: false,
  EnableEmbeddedAsarIntegrityValidation: true,
  OnlyLoadAppFromAsar: true,
  LoadBrowserProcessSpecificV8Snapshot: false,
  GrantFileProtocolExtraPrivileges: false,
}

/** Reads the fuses of a packaged app back: `[{ name, expected, actual, right }]`. */
export async function readFuses(executable) {
  const wire = await getCurrentFuseWire(executable)
  return Object.entries(RELEASE).map(([name, on]) => {
    const expected = on ? FuseState.ENABLE : FuseState.DISABLE
    const actual = wire[FuseV1Options[name]]
    return {
      name,
      expected: FuseState[expected],
      actual: FuseState[actual] ?? 'none',
      right: actual === expected,
    }
  })
}

/** Turns a copy of the release into what Playwright can drive; everything else stays as released. */
export async function allowInspection(executable) {
  await flipFuses(executable, {
    version: FuseVersion.V1,
    resetAdHocDarwinSignature: process.platform === 'darwin',
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
  })
}

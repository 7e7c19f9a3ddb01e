/** Whether spelling is checked. Where nobody said so: where that is the system's own affair, and fetches nothing. */
export function isSpellingChecked(setting: boolean | null, platform: string): boolean {
  return setting ?? platform === 'darwin'
}

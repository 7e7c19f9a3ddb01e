/** What may be attached to one prompt. */
export const attachmentLimits = { bytes: 10 * 1024 * 1024, count: 20 } as const

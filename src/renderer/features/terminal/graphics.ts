let known: boolean | null = null

/** Whether a graphics card draws. Where a program only pretends to be one, the page itself is quicker. */
export function drawsWithGraphics(): boolean {
  known ??= look()
  return known
}

function look(): boolean {
  const context = document.createElement('canvas').getContext('webgl2')
  if (context === null) return false
  const info = context.getExtension('WEBGL_debug_renderer_info')
  const name: unknown = info === null ? '' : context.getParameter(info.UNMASKED_RENDERER_WEBGL)
  context.getExtension('WEBGL_lose_context')?.loseContext()
  return !/swiftshader|llvmpipe|software|basic render/i.test(String(name))
}

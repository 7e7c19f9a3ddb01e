import type { MatchedRequest } from './faults'
import type { GitHubModel } from './model'

/** What a browser gets: pictures of people, and a page where a pull request would be. */
export function webPage(
  request: MatchedRequest & { headers: Record<string, string> },
  model: GitHubModel,
): { type: string; text: string } | undefined {
  if (request.method !== 'GET') return undefined
  const id = /^\/avatars\/u\/(\d+)$/.exec(request.path)?.[1]
  if (id !== undefined) return { type: 'image/svg+xml', text: picture(Number(id), model) }
  if (request.headers['accept']?.startsWith('text/html') !== true) return undefined
  const text = `<!doctype html><title>GitHub</title><p>Here would be <b>${escape(request.path)}</b>.`
  return { type: 'text/html; charset=utf-8', text }
}

function picture(id: number, model: GitHubModel): string {
  const login = (model.users.get(id) ?? model.organizations.get(id))?.login ?? '?'
  const letter = escape(login.charAt(0).toUpperCase())
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" fill="hsl(${(id * 47) % 360} 45% 45%)"/><text x="20" y="27" text-anchor="middle" font-family="sans-serif" font-size="20" fill="white">${letter}</text></svg>`
}

const escape = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

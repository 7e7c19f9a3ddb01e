import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'

// Signed by itself and used by nothing else: what a proxy that breaks connections open would show.
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg1Sb3Vbg511GFbuaP
J6oI0VVstqRiL+uFNxG7VHutdzKhRANCAATICUTjaGc2gLe5wzk85JRru0tGWFg7
Q4jSn2Cd1gD1l4ScZPC1GaVkZ+Bgo7zvvpw5AfIlpavtUMkoBxgQ27yB
-----END PRIVATE KEY-----`
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBkDCCATagAwIBAgIUMgbfiiO9y5500sMjqXbggcYocxkwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyNDAyNTQ1OFoYDzIxMjYxMDMx
MDI1NDU4WjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATICUTjaGc2gLe5wzk85JRru0tGWFg7Q4jSn2Cd1gD1l4ScZPC1GaVk
Z+Bgo7zvvpw5AfIlpavtUMkoBxgQ27yBo2QwYjAdBgNVHQ4EFgQU+OUtv/7z6eJx
yDYQ7z8r7dugtrQwHwYDVR0jBBgwFoAU+OUtv/7z6eJxyDYQ7z8r7dugtrQwDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0gAMEUC
IFC6dOw5qHaNLdLzegmagppjp58FvoC5ewxaWOCmSgAHAiEAzBWF09yiucr+XHSh
bnh3un+bdg6XtejHMdnC/ea6vBY=
-----END CERTIFICATE-----`

export interface Asked {
  method: string
  path: string
  headers: IncomingMessage['headers']
  body: string
}

export type Answerer = (response: ServerResponse, asked: Asked) => void

/** A server that answers what a test says, also what no GitHub would. */
export interface AnsweringServer {
  /** `127.0.0.1:PORT` */
  host: string
  url: string
  asked: Asked[]
  /** How all further requests are answered. */
  answer: Answerer
  close(): Promise<void>
}

export async function startAnsweringServer(options: { secure?: boolean } = {}): Promise<AnsweringServer> {
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request
      const asked = { method, path, headers, body: Buffer.concat(parts).toString() }
      running.asked.push(asked)
      running.answer(response, asked)
    })
  }
  const server: Server =
    options.secure === true
      ? createSecureServer({ key: KEY, cert: CERTIFICATE }, handle)
      : createServer(handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const running: AnsweringServer = {
    host,
    url: `${options.secure === true ? 'https' : 'http'}://${host}`,
    asked: [],
    answer: (response) => json(response, 200, {}),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return running
}

export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
  response.end(JSON.stringify(body))
}

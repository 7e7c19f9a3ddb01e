/** Names of the IPC channels. Only `src/preload` and `src/main/ipc` use them. */
export const channels = {
  /** invoke(operation, input) -> `Result<unknown>` */
  call: 'foundry:call',
  /** invoke(topic) -> `Result<TopicSnapshot>` */
  subscribe: 'foundry:subscribe',
  /** send(topic) */
  unsubscribe: 'foundry:unsubscribe',
  /** invoke(topic, cursor) -> `Result<TopicPage>` */
  page: 'foundry:page',
  /** main to window: `TopicUpdate[]` of one frame */
  updates: 'foundry:updates',
  /** send(sessionId, requestId); main answers on `port` */
  transcript: 'foundry:transcript',
  /** send(terminalId, requestId); main answers on `port` */
  terminal: 'foundry:terminal',
  /** main to window: `{ requestId }`, with one port */
  port: 'foundry:port',
  /** main to window: `NavigationTarget`. Window to main, without arguments: it listens from now on. */
  navigate: 'foundry:navigate',
} as const

/** The only IPC channel of Electron: on it the preload script asks for its port, and gets it. */
export const PORT_CHANNEL = 'depthwise:port'

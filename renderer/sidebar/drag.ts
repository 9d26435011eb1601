/** The type of what is dragged while a conversation is carried to a folder: its id. */
export const CARRIED = 'application/x-depthwise-conversation'

/** Whether this process has loaded code of extensions, whose timers and sockets would keep it from its end. */
export const foreignCode = { isLoaded: false }

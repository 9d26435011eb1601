// Loaded before the code of a process that has --expose-gc: SIGUSR2 collects all of its garbage and gives the emptied
// heap back, which may else stay as large as an answer once made it.
process.on('SIGUSR2', () => {
  gc!({ type: 'major', execution: 'sync', flavor: 'last-resort' })
})

export {}

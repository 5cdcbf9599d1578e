it('leaves a timer', () => {
  setTimeout(() => {}, 60_000);
});

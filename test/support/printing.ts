/** What is printed on either stream since the test began. */
export interface Printing {
  text: string;
}

/** Keeps what each test of the file prints to itself, for commands that are called in this process. */
export function recordPrinting(): Printing {
  const printing = { text: '' };
  beforeEach(() => {
    printing.text = '';
    for (const stream of [process.stdout, process.stderr]) {
      jest.spyOn(stream, 'write').mockImplementation((text) => {
        printing.text += String(text);
        return true;
      });
    }
  });
  afterEach(() => jest.restoreAllMocks());
  return printing;
}

/** What the site uses of Eleventy, which brings no types. */
declare module '@11ty/eleventy' {
  export interface Configuration {
    addTemplate(path: string, content: string, data?: object): void;
    addGlobalData(name: string, value: unknown): void;
    addPassthroughCopy(paths: Readonly<Record<string, string>>): void;
    amendLibrary(name: 'md', change: (library: unknown) => void): void;
    setLayoutsDirectory(path: string): void;
  }

  export default class Eleventy {
    constructor(
      input: string,
      output: string,
      options: {
        readonly quietMode: boolean;
        readonly configPath: false | string;
        readonly config: (configuration: Configuration) => object | undefined;
      },
    );
    write(): Promise<void>;
  }
}

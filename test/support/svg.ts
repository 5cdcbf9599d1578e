import { parseDocument } from 'htmlparser2';

/** A drawing as an XML parser reads it: the names of its elements. */
export const parsedSvg = (source: string): { readonly elements: readonly string[] } => {
  const elements: string[] = [];
  const visit = (nodes: ReturnType<typeof parseDocument>['children']): void => {
    for (const node of nodes) {
      if ('attribs' in node) elements.push(node.name);
      if ('children' in node) visit(node.children);
    }
  };
  visit(parseDocument(source, { xmlMode: true }).children);
  return { elements };
};

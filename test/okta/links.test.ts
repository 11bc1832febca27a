import { describe, expect, it } from 'vitest';
import { parseLinks } from '../../src/okta/links.ts';

describe('a Link header', () => {
  it.each([
    ['<https://a/x>; rel="self"', [{ target: 'https://a/x', relations: ['self'] }]],
    [
      '<https://a/x?a=1,2;b>; rel="self", <https://a/y>; rel="next"',
      [
        { target: 'https://a/x?a=1,2;b', relations: ['self'] },
        { target: 'https://a/y', relations: ['next'] },
      ],
    ],
    ['<https://a/x>;rel=next', [{ target: 'https://a/x', relations: ['next'] }]],
    [
      '<https://a/x>; title="a, \\"b\\"; rel=prev"; REL="Next last"',
      [{ target: 'https://a/x', relations: ['next', 'last'] }],
    ],
    // Spaces may stand around the =, and between relations.
    ['<https://a/x>; rel = " next  last "', [{ target: 'https://a/x', relations: ['next', 'last'] }]],
    // A parameter may have no value, rel among them: then it names no relation.
    ['<https://a/x>; crossorigin; rel=next', [{ target: 'https://a/x', relations: ['next'] }]],
    ['<https://a/x>; rel', [{ target: 'https://a/x', relations: [] }]],
    // Behind a backslash stands a character as it is.
    ['<https://a/x>; rel="ne\\xt"', [{ target: 'https://a/x', relations: ['next'] }]],
    ['</relative>; rel="next";', null],
    ['<https://a/x>', [{ target: 'https://a/x', relations: [] }]],
    ['<https://a/x>; rel="self" , ', [{ target: 'https://a/x', relations: ['self'] }]],
    ['', null],
    ['https://a/x; rel="next"', null],
    ['<https://a/x>; rel="self", rel="next"', null],
    ['<https://a/x>; rel="self", <https://a/y; rel="next"', null],
    ['<https://a/x>; rel="self" <https://a/y>; rel="next"', null],
    ['<https://a/x>; rel="self', null],
  ])('%s', (header, links) => {
    expect(parseLinks(header)).toEqual(links);
  });

  it('takes no time to refuse a long one', () => {
    const began = performance.now();
    expect(parseLinks(`<a>${'; x="'.repeat(5_001)}`)).toBeNull();
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

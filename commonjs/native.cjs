'use strict';

const { runInThisContext } = require('node:vm');

/**
 * Loads an ES module of this package for `require`. Node's own loader can; loaders that test runners put in its place (jest's) cannot,
 * so that Node's is taken from its own context.
 */
module.exports = (path) => {
  try {
    return runInThisContext('process').getBuiltinModule('node:module').createRequire(__filename)(path);
  } catch (error) {
    if (error.code !== 'ERR_REQUIRE_ESM') throw error;
    throw new Error(
      "waxseal is an ES module: load it with await import('waxseal'), or with Node 20.19, 22.12 or later",
      {
        cause: error,
      },
    );
  }
};

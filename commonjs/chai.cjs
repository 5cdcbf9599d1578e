'use strict';

module.exports = require('./native.cjs')('../dist/chai/index.js');

'use strict';

module.exports = require('./native.cjs')('../dist/index.js');

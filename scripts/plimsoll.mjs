#!/usr/bin/env node
// The `plimsoll` command: runs on the project's own Node 24, whatever Node started this file.
import { becomePlimsoll } from './own-node.mjs';

becomePlimsoll(process.argv.slice(2));

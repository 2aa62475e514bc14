import { describe, expect, it } from 'vitest';
import { readArguments } from '../../../local/arguments.ts';

const problemsOf = (line: string): readonly string[] => {
  const read = readArguments(line.split(' '));
  return 'problems' in read ? read.problems : [];
};

describe('the command line', () => {
  it('without anything gives the defaults', () => {
    expect(readArguments([])).toEqual({
      options: {
        exit: false,
        json: false,
        planFile: null,
        speed: 600,
        seed: 1,
        tables: 5000,
        fault: null,
        readings: 'pulled',
        port: 7071,
      },
    });
  });

  it('takes every option, with its value behind a blank or an equals sign', () => {
    const line =
      '--json --plan=a=b.yaml --speed 50 --seed=0 --tables 100 --fault rows-lost --readings pushed --port=0';
    expect(readArguments(line.split(' '))).toEqual({
      options: {
        exit: true,
        json: true,
        planFile: 'a=b.yaml',
        speed: 50,
        seed: 0,
        tables: 100,
        fault: 'rows-lost',
        readings: 'pushed',
        port: 0,
      },
    });
  });

  it('takes the last of an option given twice', () => {
    expect(readArguments(['--seed', '7', '--seed', '8'])).toMatchObject({ options: { seed: 8 } });
  });

  it('with a question for help gives the help, whatever else is wrong', () => {
    expect(readArguments(['--bogus', '--help'])).toEqual({ help: true });
  });

  it('names every wrong option, value and word at once, and nothing else', () => {
    expect(
      problemsOf(
        '--speed abc --seed 1.5 --fault nope --port 99999 --bogus extra --tables 5 --exit=no -x --plan',
      ),
    ).toEqual([
      'There is no option --bogus',
      '"extra" belongs to no option',
      '--exit takes no value, not "no"',
      'There is no option -x',
      '--plan takes a value, and has none',
      '--speed takes a whole number from 1 to 2000, not "abc"',
      '--seed takes a whole number from 0 to 2147483648, not "1.5"',
      '--tables takes a whole number from 100 to 10000, not "5"',
      expect.stringMatching(/^--fault takes one of .*rows-lost.*, not "nope"$/),
      '--port takes a whole number from 0 to 65535, not "99999"',
    ]);
  });

  it('takes an option for no value of the option before it', () => {
    expect(problemsOf('--plan --json')).toEqual(['--plan takes a value, and has none']);
    expect(problemsOf('--speed --seed x')).toEqual([
      '--speed takes a value, and has none',
      '--seed takes a whole number from 0 to 2147483648, not "x"',
    ]);
  });

  it.each(['--seed=', '--speed= ', '--port=1e3', '--tables=0x100', '--port=-1'])(
    'takes no whole number from "%s"',
    (arg) => {
      const read = readArguments([arg]);
      expect('problems' in read && read.problems).toHaveLength(1);
    },
  );

  it.each(['toString', 'constructor', ''])('takes no fault from "%s"', (name) => {
    const read = readArguments([`--fault=${name}`]);
    expect('problems' in read && read.problems).toHaveLength(1);
  });

  it('has no words after "--"', () => {
    expect(problemsOf('-- mock --seed')).toEqual([
      '"mock" belongs to no option',
      '"--seed" belongs to no option',
    ]);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { initialOf } from './initial.ts';

// Names as people write them, with the initial that they have in a passport or on a map.
const initials: Record<string, string> = {
  A: 'Amelia Åsa Ægir Ángel أحمد Արամ აარავ आरव अमित আনিকা አበበ Αλέξανδρος Анна עדי 愛',
  B: 'Björn Борис বীণা ბექა باسم ബിന്ദു 白',
  C: 'Çağla Čeněk Ćiro Chloé چنگیز',
  D: 'Đặng Ðóra Δημήτρης Дмитрий דוד დავით 도윤 دانا',
  E: 'Élodie Ęwa Ëlla Ελένη Екатерина Эдуард ኤልሳ',
  F: 'Fatima فاطمة Фёдор Φώτης',
  G: 'Ģertrūde Ğ Γιώργος Գոհար გიორგი Галина ਗੁਰਪ੍ਰੀਤ',
  H: 'Ħanna Hữu ハルト ひなた 하은 ਹਰਪ੍ਰੀਤ',
  I: 'İpek ılgın Ígor Ирина Ιωάννα',
  J: "Juhani 지우 Jūratė जया ജയ 'Jo'",
  K: 'Ķ ケンジ كريم ಕನ್ನಡ Ка',
  L: 'Łukasz Ľubica 李娜 刘洋 ليلى Людмила',
  M: 'محمد 马丽 ミユキ 민준 मीरा มาลี מאיה მარიამ',
  N: 'Ñusta נועה Νίκος Նարե ნინო నాగ ณัฐ Наталя',
  O: "Øyvind Ōkubo Œuvre Ольга Όλγα O'Brien ʻOkina",
  P: 'प्रिया Пётр پریسا Πέτρος "Peggy"',
  Q: 'Quentin',
  R: 'Řehoř रवि רחל Роман',
  S: 'Štěpánka Șerban Ström さくら 서연 سارة สมชาย Светлана Σοφία',
  T: 'Þórunn Ťapka Տիգրան თამარ தமிழ் Татьяна',
  U: 'Übeyd Ūna Ульяна',
  V: 'Věra Владимир',
  W: 'Wojciech وليد 王伟',
  X: 'Xóchitl Ξένια',
  Y: 'Ýmir Юрий Яна يوسف יעל',
  Z: 'Żaneta Željko 张敏 Зоя Ζωή Жанна',
};
const table = Object.entries(initials).flatMap(([initial, names]) =>
  names.split(' ').map(name => [name, initial]),
);

describe('When a name has a letter', () => {
  test.each(table)('%s begins with %s', (name, initial) => {
    expect(initialOf(name)).toBe(initial);
  });

  test('case does not matter', () => {
    for (const [name = ''] of table) {
      expect(initialOf(name.toLocaleLowerCase('en'))).toBe(initialOf(name.toLocaleUpperCase('en')));
    }
  });

  test('a letter and its accent may also come as two characters', () => {
    for (const [name = ''] of table) expect(initialOf(name.normalize('NFD'))).toBe(initialOf(name));
  });

  test('what is no letter before it does not count', () => {
    expect(initialOf('  "2nd" Ольга')).toBe('N');
    expect(initialOf('🎉(李娜)')).toBe('L');
  });

  test('every name in db/people.csv begins with one of A to Z', () => {
    const [, ...names] = readFileSync(new URL('../db/people.csv', import.meta.url), 'utf8')
      .trim()
      .split('\n');
    expect(names.length).toBeGreaterThan(300);
    expect(names.filter(name => /\p{L}/u.test(name) && !/^[A-Z]$/.test(initialOf(name) ?? ''))).toEqual([]);
  });
});

describe('When a name has no letter', () => {
  test.each(['', ' ', '007', '🎉🎊', '---', '٣', '\u{300}', '\ud800', 'ʻ', 'ء'])(
    '%j has no initial',
    name => {
      expect(initialOf(name)).toBeNull();
    },
  );
});

test('whatever the text, its initial is one of A to Z, or none', () => {
  for (const unit of ['binary', 'grapheme', 'grapheme-composite'] as const) {
    fc.assert(
      fc.property(fc.string({ unit }), name => {
        expect(initialOf(name) ?? 'A').toMatch(/^[A-Z]$/);
      }),
      { numRuns: 300 },
    );
  }
});

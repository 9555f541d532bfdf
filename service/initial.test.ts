import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { initialOf } from './initial.ts';

// Names as people write them, with the initial that they have in a passport or on a map.
const initials: Record<string, string> = {
  A: 'Amelia Åsa Ægir Ángel أحمد Արամ აარავ आरव अमित আনিকা አበበ Αλέξανδρος Анна עדי 愛 อนันต์ อรุณ แอน ไอลดา อาทิตย์ ອານຸ ໄອ အောင် အေး အမာ အံ့ အဲ អាង អៃ އަހްމަދު ޢަލީ ﻋﻠﻲ ﺍﺣﻤﺪ ﺁﺩﻡ ئالىم ܐܒܪܗܡ ﬠדי',
  B: 'Björn Борис বীণা ბექა باسم ബിന്ദു 白 秘先生',
  C: 'Çağla Čeněk Ćiro Chloé چنگیز 种师道 长先生 長先生 单于 ချစ်',
  D: 'Đặng Ðóra Δημήτρης Дмитрий דוד დავით 도윤 دانا',
  E: 'Élodie Ęwa Ëlla Ελένη Екатерина Эдуард ኤልሳ เอกชัย เ ເອກ အိအိ ឯក އީސާ እስክንድር ዕቁባይ ئەحمەد',
  F: 'Fatima فاطمة Фёдор Φώτης',
  G: 'Ģertrūde Ğ Γιώργος Գոհար გიორგი Галина ਗੁਰਪ੍ਰੀਤ 句践',
  H: 'Ħanna Hữu ハルト ひなた 하은 ਹਰਪ੍ਰੀਤ လှ',
  I: 'İpek ılgın Ígor Ирина Ιωάννα อิทธิ ອິນ إبراهيم ﺇﺑﺮﺍﻫﻴﻢ އިބްރާހީމް អៀង',
  J: "Juhani 지우 Jūratė जया ജയ 'Jo' ใจ จันทร์ ใจดี",
  K: 'Ķ ケンジ كريم ಕನ್ನಡ Ка ไก่ เกษม ໄກສອນ',
  L: 'Łukasz Ľubica 李娜 刘洋 ليلى Людмила เล็ก ໂລ ຫຼວງ',
  M: 'محمد 马丽 ミユキ 민준 मीरा มาลี מאיה მარიამ ไมตรี 万俟卨 ໝີ',
  N: 'Ñusta נועה Νίκος Նարե ნინო నాగ ณัฐ Наталя ใน 乜先生 ໜ້ອຍ',
  O: "Øyvind Ōkubo Œuvre Ольга Όλγα O'Brien ʻOkina โอภาส อ้อม ໂອ အို အုန်း អូន 区先生 區先生",
  P: 'प्रिया Пётр پریسا Πέτρος "Peggy" ไพโรจน์ เพชร โพธิ์ 繁钦',
  Q: 'Quentin 仇英 覃先生',
  R: 'Řehoř रवि רחל Роман',
  S: 'Štěpánka Șerban Ström さくら 서연 سارة สมชาย Светлана Σοφία แสง เสาวลักษณ์ 单雄信 單雄信 召先生 စန္ဒာ ရွှေ',
  T: 'Þórunn Ťapka Տիգրան თამარ தமிழ் Татьяна ไทย เทพ 澹台灭明 澹臺 သန်း',
  U: 'Übeyd Ūna Ульяна อุดม ဦး အူ އުމަރު أُسامة',
  V: 'Věra Владимир',
  W: 'Wojciech وليد 王伟 ไว ဝင်း 尉先生',
  X: 'Xóchitl Ξένια ໄຊ 解晓东',
  Y: 'Ýmir Юрий Яна يوسف יעל ใย 尉迟恭 尉遲恭 乐嘉 樂嘉 ရန်',
  Z: 'Żaneta Željko 张敏 Зоя Ζωή Жанна 曾国藩 查良镛 翟天临 长孙无忌 長孫無忌 ဇော်',
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

/** 授权关系: D7's twelve words, in the service's own spelling. */
import { words } from "../shared/words";

export const RELATIONS = [
  "father",
  "mother",
  "paternal_grandfather",
  "paternal_grandmother",
  "maternal_grandfather",
  "maternal_grandmother",
  "sibling",
  "paternal_uncle_aunt",
  "maternal_uncle_aunt",
  "other_guardian",
  "other_relative",
  "entrusted_carer",
] as const;

export const relationWords = words(
  {
    father: "父亲",
    mother: "母亲",
    paternal_grandfather: "祖父",
    paternal_grandmother: "祖母",
    maternal_grandfather: "外祖父",
    maternal_grandmother: "外祖母",
    sibling: "兄弟姐妹",
    paternal_uncle_aunt: "伯叔姑",
    maternal_uncle_aunt: "舅姨",
    other_guardian: "其他监护人",
    other_relative: "其他亲属",
    entrusted_carer: "受托照护人",
    self: "本人",
  },
  {
    father: "Father",
    mother: "Mother",
    paternal_grandfather: "Grandfather (father's side)",
    paternal_grandmother: "Grandmother (father's side)",
    maternal_grandfather: "Grandfather (mother's side)",
    maternal_grandmother: "Grandmother (mother's side)",
    sibling: "Sibling",
    paternal_uncle_aunt: "Uncle or aunt (father's side)",
    maternal_uncle_aunt: "Uncle or aunt (mother's side)",
    other_guardian: "Other guardian",
    other_relative: "Other relative",
    entrusted_carer: "Entrusted carer",
    self: "Yourself",
  },
);

/** A relation as people say it. */
export const relationOf = (code: string): string => (relationWords() as Readonly<Record<string, string>>)[code] ?? code;

import compat from "eslint-plugin-compat";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist", "node_modules", "shared/api/schema.d.ts"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // A component's handlers may be promises: failures are shown by who starts them.
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: false }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "no-console": "error",
      eqeqeq: "error",
    },
  },
  // What old engines lack beyond syntax (package.json, browserslist). TypeScript's `lib` keeps out newer methods.
  { ...compat.configs["flat/recommended"], files: ["**/*.{ts,tsx}"], ignores: ["**/*.test.{ts,tsx}", "*.ts"] },
  { files: ["*.js", "*.ts", "tools/**"], ...tseslint.configs.disableTypeChecked },
  { files: ["tools/**"], rules: { "no-console": "off" } },
);

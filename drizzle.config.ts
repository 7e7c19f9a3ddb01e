import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'sqlite',
  casing: 'snake_case',
  schema: './src/main/*/tables.ts',
  out: './src/main/database/migrations',
})

import { Type } from '@sinclair/typebox'
import t from 'tap'
import { createComponents, type Schema } from '../../src/lib/components.ts'
import { Nullable } from '../../src/lib/schemas.ts'

const Cup = Type.Object({ size: Type.Integer() }, { title: 'Cup' })
const cup = { $ref: '#/components/schemas/Cup' }

const refer = (schema: Schema) => {
  const { schemas, refer } = createComponents()
  return { schema: JSON.parse(JSON.stringify(refer(schema))), names: Object.keys(schemas) }
}

t.test('a shape with a name is kept once, and referred to wherever it is', async t => {
  const { schemas, refer } = createComponents()
  t.same(refer(Cup), cup)
  t.same(refer(Type.Array(Cup)).items, cup)
  t.same(JSON.parse(JSON.stringify(schemas)), {
    Cup: { type: 'object', required: ['size'], properties: { size: { type: 'integer' } } },
  })
})

t.test('in whatever place it is', async t => {
  t.match(refer(Type.Object({ title: Cup })), { schema: { properties: { title: cup } }, names: ['Cup'] })
  t.match(refer(Type.Union([Cup, Type.Null()])), { schema: { anyOf: [cup, { type: 'null' }] } })
  t.match(refer(Type.Intersect([Cup, Type.Object({})])), { schema: { allOf: [cup, { type: 'object' }] } })
  t.match(refer(Type.Record(Type.String(), Cup)), { schema: { patternProperties: { '^(.*)$': cup } } })
  t.match(refer(Type.Object({}, { additionalProperties: Cup })), { schema: { additionalProperties: cup } })
  t.match(refer(Type.Object({}, { additionalProperties: false })), { schema: { additionalProperties: false } })
})

t.test('it may be null or left out', async t => {
  const { schemas, refer } = createComponents()
  t.same(refer(Nullable(Cup)), { anyOf: [cup, { type: 'null' }] })
  t.same(refer(Type.Optional(Cup)), cup)
  t.same(refer(Cup), cup)
  t.equal(schemas.Cup!.type, 'object')
})

t.test('it contains others by their names', async t => {
  const { names, schema } = refer(Type.Object({ cup: Cup }, { title: 'Tray' }))
  t.same(names, ['Cup', 'Tray'])
  t.same(schema, { $ref: '#/components/schemas/Tray' })
})

t.test('no two shapes share a name', async t => {
  t.throws(() => refer(Type.Object({ cup: Cup, other: Type.Partial(Cup) })), 'Two shapes are called Cup.')
})

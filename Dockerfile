FROM node:24-slim

ENV NODE_ENV=production
WORKDIR /app

# Without development's dependencies. Among them are the embedded PostgreSQL, which production
# refuses anyway, and the npm package `node`, which brings other machines the Node that is here already.
COPY package.json package-lock.json ./
COPY client/package.json ./client/
RUN npm ci --omit=dev && npm cache clean --force

COPY drizzle ./drizzle
COPY src ./src

# Images are kept here, unless Cloudinary keeps them.
RUN mkdir /data && chown node:node /data
ENV DATA_DIR=/data
VOLUME /data

USER node
EXPOSE 3001
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3001) + '/health/ready').then(answer => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/server.ts"]
